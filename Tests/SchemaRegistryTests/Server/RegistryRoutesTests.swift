import Foundation
import MillraceHTTP
import KafkaNetwork
import Synchronization
import Testing

@testable import SchemaRegistry

@Suite struct RegistryRoutesTests {
    @Test func `a schema is registered, found and read`() async throws {
        try await ServedRegistry.running { registry async throws in
            let schema = try schemaBody(#""string""#)
            var answer = try await registry.ask("POST", "/subjects/a%2Fb%20c-value/versions", schema)
            #expect(answer.status == 200)
            #expect(answer.text == #"{"subject":"a/b c-value","id":1,"version":1,"schema":"\"string\""}"#)
            answer = try await registry.ask("POST", "/subjects/a%2Fb%20c-value", schema)
            #expect(answer.text == #"{"subject":"a/b c-value","id":1,"version":1,"schema":"\"string\""}"#)
            #expect(try await registry.ask("GET", "/subjects").text == #"["a/b c-value"]"#)
            #expect(try await registry.ask("GET", "/subjects/a%2Fb%20c-value/versions").text == "[1]")
            #expect(try await registry.ask("GET", "/subjects/a%2Fb%20c-value/versions/latest").text == answer.text)
            #expect(try await registry.ask("GET", "/subjects/a%2Fb%20c-value/versions/1/schema").text == #""string""#)
            #expect(try await registry.ask("GET", "/subjects/a%2Fb%20c-value/versions/1/referencedby").text == "[]")
            #expect(try await registry.ask("GET", "/schemas/ids/1").text == #"{"schema":"\"string\""}"#)
            #expect(try await registry.ask("GET", "/schemas/ids/1?fetchMaxId=true").text == #"{"maxId":1,"schema":"\"string\""}"#)
            #expect(try await registry.ask("GET", "/schemas/ids/1/schema").text == #""string""#)
            #expect(try await registry.ask("GET", "/schemas/ids/1/subjects").text == #"["a/b c-value"]"#)
            #expect(try await registry.ask("GET", "/schemas/ids/1/versions").text == #"[{"subject":"a/b c-value","version":1}]"#)
            #expect(try await registry.ask("GET", "/schemas/types").text == #"["AVRO","JSON","PROTOBUF"]"#)
            #expect(try await registry.ask("GET", "/").text == "{}")
        }
    }

    @Test func `answers have the registry's type`() async throws {
        try await ServedRegistry.running { registry async throws in
            for (target, status) in [("/subjects", 200), ("/subjects/none/versions", 404), ("/nothing", 404)] {
                let answer = try await HTTPClient(timeout: .seconds(300)).get(target, from: registry.server.address)
                #expect(answer.status == status)
                #expect(answer.headers.first { $0.name == "content-type" }?.value == "application/vnd.schemaregistry.v1+json")
            }
        }
    }

    @Test func `refusals have Confluent's codes`() async throws {
        try await ServedRegistry.running { registry async throws in
            _ = try await registry.ask("POST", "/subjects/s/versions", schemaBody(#""string""#))
            let expected: [(String, String, String?, Int)] = [
                ("GET", "/nothing", nil, 404), ("PATCH", "/subjects", nil, 405), ("GET", "/subjects/t/versions", nil, 40401),
                ("GET", "/subjects/s/versions/2", nil, 40402), ("GET", "/subjects/s/versions/x", nil, 42202),
                ("GET", "/schemas/ids/9", nil, 40403), ("GET", "/schemas/ids/x", nil, 404),
                ("POST", "/subjects/s", try schemaBody(#""int""#), 40403), ("POST", "/subjects/t", try schemaBody(#""int""#), 40401),
                ("POST", "/subjects/s/versions", "{", 422), ("POST", "/subjects/s/versions", "{}", 42201),
                ("POST", "/subjects/s/versions", try schemaBody("x", type: "XML"), 422),
                ("POST", "/subjects/s/versions", try schemaBody("x", more: ["ruleSet": [:]]), 422),
                ("POST", "/subjects/s/versions", try schemaBody(#""int""#, more: ["id": 7]), 42205),
                ("DELETE", "/subjects/s?permanent=true", nil, 40405), ("DELETE", "/subjects/t", nil, 40401),
                ("DELETE", "/subjects/s/versions/1?permanent=true", nil, 40407),
                ("GET", "/config/s", nil, 40408), ("GET", "/mode/s", nil, 40409), ("DELETE", "/config/s", nil, 40401),
                ("PUT", "/config", #"{"compatibility":"SOME"}"#, 42203), ("PUT", "/config/s", "{}", 42203),
                ("PUT", "/mode", #"{"mode":"SLEEPY"}"#, 42204), ("PUT", "/mode", #"{"mode":"IMPORT"}"#, 42205),
                ("POST", "/compatibility/subjects/s/versions/7", try schemaBody(#""int""#), 40402),
            ]
            for (method, target, body, code) in expected {
                #expect(try await registry.code(method, target, body) == code, "\(method) \(target) \(body ?? "")")
            }
        }
    }

    @Test func `settings are set, read and taken back`() async throws {
        try await ServedRegistry.running { registry async throws in
            #expect(try await registry.ask("GET", "/config").text == #"{"compatibilityLevel":"BACKWARD"}"#)
            #expect(try await registry.ask("PUT", "/config/s", #"{"compatibility":"full"}"#).text == #"{"compatibility":"FULL"}"#)
            #expect(try await registry.ask("GET", "/config/s").text == #"{"compatibilityLevel":"FULL"}"#)
            #expect(try await registry.ask("GET", "/config/t?defaultToGlobal=true").text == #"{"compatibilityLevel":"BACKWARD"}"#)
            #expect(try await registry.ask("DELETE", "/config/s").text == #"{"compatibilityLevel":"FULL"}"#)
            #expect(try await registry.ask("PUT", "/mode", #"{"mode":"READONLY"}"#).text == #"{"mode":"READONLY"}"#)
            #expect(try await registry.ask("GET", "/mode/s?defaultToGlobal=true").text == #"{"mode":"READONLY"}"#)
            #expect(try await registry.code("POST", "/subjects/s/versions", try schemaBody(#""int""#)) == 42205)
            #expect(try await registry.ask("DELETE", "/mode").text == #"{"mode":"READONLY"}"#)
            #expect(try await registry.ask("GET", "/mode").text == #"{"mode":"READWRITE"}"#)
        }
    }

    @Test func `subjects and versions are deleted`() async throws {
        try await ServedRegistry.running { registry async throws in
            for subject in ["s", "t"] { _ = try await registry.ask("POST", "/subjects/\(subject)/versions", schemaBody(#""int""#)) }
            #expect(try await registry.ask("DELETE", "/subjects/s/versions/latest").text == "1")
            #expect(try await registry.ask("GET", "/subjects?deleted=true").text == #"["s","t"]"#)
            #expect(try await registry.ask("GET", "/subjects?deletedOnly=true").text == #"["s"]"#)
            #expect(try await registry.ask("DELETE", "/subjects/s/versions/1?permanent=true").text == "1")
            #expect(try await registry.ask("DELETE", "/subjects/t").text == "[1]")
            #expect(try await registry.ask("DELETE", "/subjects/t?permanent=true").text == "[1]")
            #expect(try await registry.ask("GET", "/subjects?deleted=true").text == "[]")
            #expect(try await registry.code("GET", "/schemas/ids/1") == 40403)
        }
    }

    @Test func `lists are cut to what is asked for`() async throws {
        try await ServedRegistry.running { registry async throws in
            for subject in ["a-1", "a-2", "b-1"] {
                _ = try await registry.ask("POST", "/subjects/\(subject)/versions", schemaBody(#""int""#))
                _ = try await registry.ask("POST", "/subjects/\(subject)/versions", schemaBody(#""long""#))
            }
            #expect(try await registry.ask("GET", "/subjects?subjectPrefix=a-").text == #"["a-1","a-2"]"#)
            #expect(try await registry.ask("GET", "/subjects?subjectPrefix=:*:&offset=1&limit=1").text == #"["a-2"]"#)
            #expect(try await registry.ask("GET", "/subjects?limit=-1").text == #"["a-1","a-2","b-1"]"#)
            let latest = try await registry.ask("GET", "/schemas?latestOnly=true&subjectPrefix=b").text
            #expect(latest == #"[{"subject":"b-1","id":2,"version":2,"schema":"\"long\""}]"#)
        }
    }

    @Test func `changes that come at once are made one after the other`() async throws {
        try await ServedRegistry.running { registry async throws in
            _ = try await registry.ask("PUT", "/config", #"{"compatibility":"NONE"}"#)
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let body = try schemaBody(avroRecord("field\(index % 10)"))
                        return try await registry.ask("POST", "/subjects/s/versions", body).text
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 10)
            #expect(try await registry.ask("GET", "/subjects/s/versions").text == "[1,2,3,4,5,6,7,8,9,10]")
        }
    }

    @Test func `a change that cannot be kept is no change`() async throws {
        try await ServedRegistry.running { registry async throws in
            registry.log.refusal.withLock { $0 = .storage("the disk is full") }
            #expect(try await registry.code("POST", "/subjects/s/versions", schemaBody(#""int""#)) == 50001)
            registry.log.refusal.withLock { $0 = nil }
            #expect(try await registry.ask("GET", "/subjects").text == "[]")
        }
    }

    @Test func `clients show the token as it is or as a password`() async throws {
        try await ServedRegistry.running(token: Secret("open sesame".replacing(" ", with: "-"))) { registry async throws in
            func status(_ authorization: String?) async throws -> Int {
                try await registry.ask("GET", "/subjects", headers: authorization.map { [HTTPField("Authorization", $0)] } ?? []).status
            }
            func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }
            #expect(try await status("Bearer open-sesame") == 200)
            #expect(try await status(basic("anybody:open-sesame")) == 200)
            for wrong in [nil, "Bearer open", "open-sesame", basic("open-sesame"), basic("open-sesame:"), "Basic x", "Digest open-sesame"] {
                #expect(try await status(wrong) == 401)
            }
        }
    }
}

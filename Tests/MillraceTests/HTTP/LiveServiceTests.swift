import Foundation
import MillraceHTTP
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct `An application over HTTP` {
    /// Runs an application that counts 100 records, and `body` with the server's address while it runs.
    private static func withApplication(_ body: @escaping @Sendable (NetworkAddress) async throws -> Void) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(100, seed: 3))
                let log = EventLog()
                var configuration = Counting.configuration(.atLeastOnce, exitsWhenIdle: false, log: log)
                let opened = Mutex<NetworkAddress?>(nil)
                var http = HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0))
                http.opened = { address in opened.withLock { $0 = address } }
                configuration.http = StreamsHTTP(http)
                configuration.http?.panels = { [LivePanel("Figure", .number(7))] }
                let application = try StreamsApplication(Counting.topology(), configuration: configuration, client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    defer { application.stop() }
                    await log.wait { if case .state(.running) = $0 { true } else { false } }
                    let address = try #require(opened.withLock { $0 })
                    try await body(address)
                    application.stop()
                    try await group.waitForAll()
                }
                // Nobody answers any more.
                let address = try #require(opened.withLock { $0 })
                await #expect(throws: NetworkError.self) { try await HTTPClient(timeout: .seconds(300)).get("/healthz", from: address) }
            }
        }
    }

    private static func json(_ path: String, _ address: NetworkAddress) async throws -> [String: Any] {
        let answer = try await HTTPClient(timeout: .seconds(300)).get(path, from: address)
        let value = try JSONSerialization.jsonObject(with: Data(answer.body.array))
        return try #require(value as? [String: Any])
    }

    @Test func `an application is paused and goes on over HTTP, and so does a part of it`() async throws {
        try await Self.withApplication { address in
            let client = HTTPClient(timeout: .seconds(300))
            for (path, isPaused) in [
                ("/api/pause", true), ("/api/resume?sub-topology=1", false), ("/api/pause?sub-topology=1", true),
                ("/api/resume", false),
            ] {
                #expect(try await client.post(path, to: address).status == 200)
                let application = try await Self.json("/api/application", address)
                #expect(application["paused"] as? Bool == isPaused, "\(path)")
            }
            #expect(try await client.post("/api/pause?sub-topology=7", to: address).status == 404)
            #expect(try await client.get("/api/pause", from: address).status == 405)
        }
    }

    @Test func `a task begins anew when it is told to over HTTP`() async throws {
        try await Self.withApplication { address in
            let client = HTTPClient(timeout: .seconds(300))
            let answer = try await client.post("/api/tasks/1_0/restart", to: address)
            #expect(answer.status == 200 && answer.body.string.contains("\"restarting\":\"1_0\""), "\(answer.body)")
            while try await !client.get("/api/history", from: address).body.string.contains("as it was told to") {
                try await Task.sleep(for: .milliseconds(5))
            }
            for path in ["/api/tasks/9_0/restart", "/api/tasks/x/restart", "/api/tasks/1_00/restart"] {
                #expect(try await client.post(path, to: address).status == 404, "\(path)")
            }
        }
    }

    @Test func `it tells its health, metrics, state and topology, and shows a page`() async throws {
        try await Self.withApplication { address in
            let client = HTTPClient(timeout: .seconds(300))
            for path in ["/healthz", "/readyz", "/metrics", "/", "/openapi.json", "/api/history", "/api/panels"] {
                let answer = try await client.get(path, from: address)
                #expect(answer.status == 200, "\(path): \(answer.body)")
            }
            let application = try await Self.json("/api/application", address)
            #expect(application["application"] as? String == "app" && application["state"] as? String == "running")
            let topology = try await Self.json("/api/topology", address)
            #expect((topology["subTopologies"] as? [Any])?.count == 2)
            let metrics = try await client.get("/metrics", from: address)
            #expect(metrics.body.string.contains("kafka_stream_metrics_state{application_id=\"app\",state=\"running\"} 1"))
            let missing = try await client.get("/api/nothing", from: address)
            #expect(missing.status == 404)
        }
    }

    @Test func `it looks keys up in stores, and says what is wrong with a question`() async throws {
        try await Self.withApplication { address in
            let client = HTTPClient(timeout: .seconds(300))
            let expected = Counting.expected(Counting.records(100, seed: 3))
            for (key, count) in expected {
                // What was processed shows at once, but records may still be under way.
                var found = ""
                while found != count {
                    let answer = try await client.get("/api/stores/counts/\(key)", from: address)
                    let text = answer.body.string
                    #expect(answer.status == 200 || answer.status == 503, "\(text)")
                    found = text.firstRange(of: "\"value\":").map { String(text[$0.upperBound...].prefix { $0.isNumber }) } ?? ""
                    try Task.checkCancellation()
                }
            }
            let all = try await Self.json("/api/stores/counts?limit=3", address)
            #expect((all["rows"] as? [Any])?.count == 3 && all["more"] as? Bool == true)
            let none = try await Self.json("/api/stores/counts/nothing", address)
            #expect((none["rows"] as? [Any])?.isEmpty == true)
            for (path, status) in [
                ("/api/stores/nothing/a", 404), ("/api/stores/counts/a?key-format=nonsense", 400),
                ("/api/stores/counts/a?limit=0", 400), ("/api/stores/counts?from-time=1", 400),
                ("/api/stores/counts/a?max-lag=many", 400),
            ] {
                let answer = try await client.get(path, from: address)
                #expect(answer.status == status, "\(path): \(answer.body)")
            }
        }
    }

    @Test func `what it serves is what it describes`() async throws {
        try await Self.withApplication { address in
            let paths = try #require(try await Self.json("/openapi.json", address)["paths"] as? [String: Any])
            for (path, operations) in paths where !path.contains("{") && path != "/api/events" {
                guard (operations as? [String: Any])?["get"] != nil else { continue }
                let answer = try await HTTPClient(timeout: .seconds(300)).get(path, from: address)
                #expect(answer.status == 200, "\(path)")
            }
        }
    }

    @Test func `an address that others can reach is refused without token and TLS`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                var configuration = Counting.configuration(.atLeastOnce)
                configuration.http = StreamsHTTP(NetworkAddress(host: "0.0.0.0", port: 0))
                let topology = try Counting.topology()
                #expect(throws: StreamsError.self) {
                    try StreamsApplication(topology, configuration: configuration, client: cluster.client)
                }
            }
        }
    }
}

import MillraceHTTP
import MillraceJSON
import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

private let echo = [
    HTTPRoute("GET", "/echo/{word}", "Says a word.") { .text($0.parameter("word")) },
    HTTPRoute("POST", "/echo/{word}", "Says a body.") { .text($0.body.string) },
    HTTPRoute("GET", "/fails", "Fails.") { _ in throw NetworkError(.other, "on purpose") },
    HTTPRoute("GET", "/open", "Is for all.", isOpen: true) { _ in .text("open") },
]

@Suite(.timeLimit(.minutes(10))) struct `HTTP server` {
    @Test func `requests of one connection are answered in order`() async throws {
        try await withServer(echo) { server in
            let requests = (1...20).map { "GET /echo/\($0) HTTP/1.1\r\nHost: localhost\r\n\($0 == 20 ? "Connection: close\r\n" : "")\r\n" }
            let all = try await answer(server, requests.joined())
            let bodies = all.split(separator: "HTTP/1.1 200 OK\r\n").map { String($0).body }
            #expect(bodies == (1...20).map { "\($0)" })
        }
    }

    @Test func `an answer says how long it is, and HEAD leaves the body out`() async throws {
        try await withServer(echo) { server in
            let text = try await answer(server, "HEAD /echo/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nContent-Length: 5\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `paths and methods that are not there are told apart`() async throws {
        try await withServer(echo) { server in
            func status(_ line: String) async throws -> String {
                try await answer(server, "\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            }
            #expect(try await status("GET /nothing").status == "404")
            #expect(try await status("GET /echo/a/b").status == "404")
            let refused = try await status("DELETE /echo/a")
            #expect(refused.status == "405")
            #expect(refused.contains("\r\nAllow: GET, HEAD, POST\r\n"))
            #expect(try await status("GET /fails").status == "500")
        }
    }

    @Test func `a faulty request is answered and ends its connection, and no other`() async throws {
        try await withServer(echo) { server in
            let other = try await Client(server)
            let text = try await answer(server, "GET /echo/1 HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n")
            #expect(text.contains("HTTP/1.1 400 Bad Request\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
            try await other.send("GET /echo/still HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await other.read(upTo: "still").status == "200")
        }
    }

    @Test func `a client that expects to be told goes on`() async throws {
        try await withServer(echo) { server in
            let client = try await Client(server)
            try await client.send("POST /echo/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.read(upTo: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("abc")
            #expect(try await client.read(upTo: "abc").status == "200")
        }
    }

    @Test func `a stream comes in chunks, for old clients up to the end`() async throws {
        let routes = [
            HTTPRoute("GET", "/", "Streams.") { _ in
                HTTPResponse(content: .stream { for word in ["one ", "two"] { try await $0.write(Bytes(utf8: word)) } })
            }
        ]
        try await withServer(routes) { server in
            let new = try await answer(server, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(new.contains("\r\nTransfer-Encoding: chunked\r\n"))
            #expect(new.body == "4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")
            let old = try await answer(server, "GET / HTTP/1.0\r\n\r\n")
            #expect(!old.contains("Transfer-Encoding"))
            #expect(old.body == "one two")
        }
    }

    @Test func `a client that does not read holds up nobody else`() async throws {
        let large = String(repeating: "x", count: 20 << 20)
        let routes = echo + [HTTPRoute("GET", "/large", "Much.") { _ in .text(large) }]
        try await withServer(routes) { server in
            let slow = try await Client(server)
            try await slow.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await slow.connection.readAvailable() != nil)
            let text = try await answer(server, "GET /echo/quick HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(text.body == "quick")
            slow.connection.close()
        }
    }

    @Test func `a client that takes its time is let go`() async throws {
        var limits = HTTPLimits()
        limits.patience = .milliseconds(20)
        try await withServer(echo, limits: limits) { server in
            let text = try await answer(server, "GET /echo/1 HTTP/1.1\r\nHost: loc")
            #expect(text.isEmpty)
        }
    }

    @Test func `connections and their requests are limited`() async throws {
        var limits = HTTPLimits.patient
        (limits.requestsPerConnection, limits.connections) = (2, 1)
        try await withServer(echo, limits: limits) { server in
            let client = try await Client(server)
            let request = "GET /echo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await client.send(request)
            #expect(try await client.read(upTo: "\r\n\r\n1").status == "200")
            // The first one is there, so the second is too many.
            let second = try await answer(server, request)
            #expect(second.isEmpty)
            try await client.send(request + request)
            let rest = try await client.all()
            #expect(rest.contains("\r\nConnection: close\r\n"))
            #expect(rest.split(separator: "HTTP/1.1").count == 1)
        }
    }

    @Test func `events are sent as they come`() async throws {
        let (events, sink) = AsyncStream.makeStream(of: (name: String, data: JSONValue).self)
        let routes = [HTTPRoute("GET", "/events", "Tells.") { _ in .events(events) }]
        try await withServer(routes) { server in
            let client = try await Client(server)
            try await client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            sink.yield((name: "state", data: ["now": "running\n"]))
            let text = try await client.read(upTo: "running")
            #expect(text.contains("event: state\ndata: {\"now\":\"running\\n\"}\n\n"))
            sink.finish()
            #expect(try await client.read(upTo: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct `HTTP access` {
    @Test func `a token is asked for, but for what tells nothing`() async throws {
        try await withServer(echo, token: Secret("sesame")) { server async throws in
            func status(_ path: String, _ header: String) async throws -> String {
                try await answer(server, "GET \(path) HTTP/1.1\r\nHost: x\r\n\(header)Connection: close\r\n\r\n")
            }
            #expect(try await status("/echo/1", "").status == "401")
            #expect(try await status("/echo/1", "Authorization: Bearer sesam\r\n").status == "401")
            #expect(try await status("/echo/1", "Authorization: Bearer sesame\r\n").status == "200")
            #expect(try await status("/open", "").status == "200")
        }
    }

    @Test func `pages from elsewhere are not served without a token, and steer nothing`() async throws {
        try await withServer(echo) { server async throws in
            func status(_ method: String, _ headers: String) async throws -> String {
                try await answer(server, "\(method) /echo/1 HTTP/1.1\r\n\(headers)Connection: close\r\n\r\n")
            }
            #expect(try await status("GET", "Host: evil.example\r\n").status == "421")
            #expect(try await status("GET", "Host: localhost.evil.example:80\r\n").status == "421")
            for host in ["localhost:80", "127.0.0.1:80", "[::1]:80", "LOCALHOST"] {
                #expect(try await status("GET", "Host: \(host)\r\n").status == "200")
            }
            #expect(try await status("POST", "Host: localhost:80\r\nOrigin: https://evil.example\r\n").status == "403")
            #expect(try await status("POST", "Host: localhost:80\r\nOrigin: null\r\n").status == "403")
            #expect(try await status("POST", "Host: localhost:80\r\nOrigin: http://localhost:80\r\n").status == "200")
            #expect(try await status("POST", "Host: localhost:80\r\n").status == "200")
        }
    }

    @Test(arguments: ["0.0.0.0", "::", "", "10.0.0.1", "example.org", "127.0.0.1.evil.example", "127.0.0"])
    func `an address that others can reach needs a token and TLS`(host: String) {
        let address = NetworkAddress(host: host, port: 0)
        for token in [nil, Secret("a")] {
            #expect(throws: NetworkError.self) { try HTTPConfiguration(address, token: token).validate() }
        }
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
    func `the machine itself needs neither`(host: String) throws {
        try HTTPConfiguration(NetworkAddress(host: host, port: 0)).validate()
    }

    @Test func `over TLS a server answers as over TCP`() async throws {
        let folder = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/") + "/Certificates/"
        guard
            let tls = try? TLSServerContext(
                .init(certificateChain: .file(folder + "server.pem"), privateKey: .file(folder + "server.key")))
        else { return }
        try await withServer(echo, tls: tls) { server in
            var trust = TLSClientContext.Configuration()
            trust.trustedCertificates = .file(folder + "ca.pem")
            trust.verifiesHostName = false
            let client = try await Client(server)
            try await client.connection.startTLS(client: TLSClientContext(trust), hostName: "localhost", timeout: .seconds(300))
            try await client.send("GET /echo/secret HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await client.read(upTo: "secret").status == "200")
        }
    }
}

@Suite struct `OpenAPI` {
    @Test func `every route is described with its parameters`() {
        let router = HTTPRouter([
            HTTPRoute("GET", "/a/{b}", "Gets.", parameters: [.init("c", "See.")]) { _ in .text("") },
            HTTPRoute("POST", "/a/{b}", "Posts.", isOpen: true) { _ in .text("") },
        ])
        let text = router.openAPI(title: "T", version: "1").bytes.string
        #expect(text.contains(#""/a/{b}":{"get":{"summary":"Gets.","parameters":[{"name":"b","in":"path""#))
        #expect(text.contains(#""name":"c","in":"query","description":"See.""#))
        #expect(text.contains(#""post":{"summary":"Posts.""#))
    }
}

@Suite struct `JSON text` {
    @Test func `strings are escaped, numbers that are none are null`() {
        let value: JSONValue = ["a\"\\\u{1}\t": [1, .number(1.5), .number(.nan), true, .null, "\u{e9}"], "b": .object([])]
        #expect(value.bytes.string == "{\"a\\\"\\\\\\u0001\\u0009\":[1,1.5,null,true,null,\"\u{e9}\"],\"b\":{}}")
    }
}

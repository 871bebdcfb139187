import MillraceHTTP
import KafkaProtocol
import Testing

/// What a parser makes of bytes, in words: an event a line, the fault as the last.
func events(_ pieces: [String], limits: HTTPLimits = .init()) -> [String] {
    var parser = HTTPRequestParser(limits: limits)
    var found: [String] = []
    for piece in pieces {
        parser.receive(Bytes(utf8: piece))
        do {
            while let event = try parser.next() { found.append(text(event)) }
        } catch {
            return found + ["\(error.status)"]
        }
    }
    return found
}

func text(_ event: HTTPRequestParser.Event) -> String {
    switch event {
    case .mayContinue: "continue"
    case .request(let request):
        "\(request.method) \(request.target.path) \(request.target.query.map { "\($0.name)=\($0.value)" }) \(request.body)"
    }
}

@Suite struct `HTTP requests` {
    @Test func `a request without a body ends with its header`() {
        #expect(events(["GET / HTTP/1.1\r\nHost: a\r\n"]) == [])
        #expect(events(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) == ["GET [] [] "])
    }

    @Test func `path and query are decoded after they were cut`() {
        let line = "GET /api/stores/a%2Fb%20c?from=1%262&to=a+b&flag HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(events([line]) == [#"GET ["api", "stores", "a/b c"] ["from=1&2", "to=a b", "flag="] "#])
    }

    @Test func `a target in absolute form is read without its host`() {
        #expect(events(["GET http://a:80/x?y=z HTTP/1.1\r\nHost: a\r\n\r\n"]) == [#"GET ["x"] ["y=z"] "#])
        #expect(events(["GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"]) == ["GET [] [] "])
    }

    @Test func `a body of a given length may come in pieces, and the next request behind it`() {
        let pieces = ["POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "cd", "eGET /b HTTP/1.1\r\nHost: a\r\n\r\n"]
        #expect(events(pieces) == [#"POST ["a"] [] abcde"#, #"GET ["b"] [] "#])
    }

    @Test func `chunks are put together, extensions and trailers left out`() {
        let pieces = [
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nMore: x\r\n\r\n",
            "GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
        #expect(events(pieces) == [#"POST ["a"] [] abc0123456789"#, #"GET ["b"] [] "#])
    }

    @Test func `pipelined requests come in order, and an empty line between them is passed over`() {
        let one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", two = "\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(events([one + two]) == [#"GET ["1"] [] "#, #"GET ["2"] [] "#])
        #expect(events(["\r\n\r\nGET /1 HTTP/1.1\r\n"]) == ["400"])
    }

    @Test func `a client that waits is told to go on once, before its body`() {
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        #expect(events([head]) == ["continue"])
        #expect(events([head, "ab"]) == ["continue", #"POST ["a"] [] ab"#])
        #expect(events(["GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"]) == [#"GET ["a"] [] "#])
        #expect(events(["GET /a HTTP/1.1\r\nHost: a\r\nExpect: money\r\n\r\n"]) == ["417"])
    }

    @Test(arguments: [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length:\r\n",
        "Content-Length : 3\r\n",
        "X: a\r\n b\r\n",
        "X: a\nY: b\r\n",
        "X: a\rb\r\n",
        "X: a\u{0}b\r\n",
        "X\r\n",
        ": a\r\n",
        "X Y: a\r\n",
        "Host: b\r\n",
    ])
    func `what can be read in two ways is refused`(header: String) {
        #expect(events(["POST / HTTP/1.1\r\nHost: a\r\n\(header)\r\nabc"]) == ["400"])
    }

    @Test func `the same length twice is one length`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n"
        #expect(events([head + "x"]) == ["POST [] [] x"])
    }

    @Test(arguments: [
        "GET / HTTP/1.1\n", "GET /\r\n", "GET  / HTTP/1.1\r\n", " GET / HTTP/1.1\r\n", "GET / http/1.1\r\n", "G(T / HTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n", "GET a HTTP/1.1\r\n", "GET /%2 HTTP/1.1\r\n", "GET /%zz HTTP/1.1\r\n", "GET /%ff HTTP/1.1\r\n",
        "GET /# HTTP/1.1\r\n", "GET /\u{e9} HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r\n",
    ])
    func `a line that is no request is refused`(line: String) { #expect(events([line]) == ["400"]) }

    @Test func `what is not spoken here is refused by name`() {
        #expect(events(["BREW / HTTP/1.1\r\n"]) == ["501"])
        #expect(events(["GET / HTTP/2.0\r\n"]) == ["505"])
        #expect(events(["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"]) == ["501"])
        #expect(events(["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"]) == ["400"])
    }

    @Test(arguments: ["xyz\r\n", "\r\n", "-1\r\n", "12345678\r\n", "3 \r\nabc\r\n", "3\r\nabcd\r\n", "3\nabc\r\n"])
    func `a chunk that is not as it says is refused`(chunk: String) {
        #expect(events(["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)"]) == ["400"])
    }

    @Test func `limits hold to the byte`() {
        var limits = HTTPLimits()
        (limits.requestLine, limits.headerBytes, limits.headerCount, limits.body) = (20, 30, 3, 4)
        func one(_ path: String = "/", _ headers: String = "", _ body: String = "") -> [String] {
            events(["POST \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\(body)"], limits: limits)
        }
        #expect(one("/" + String(repeating: "x", count: 5)).count == 1)
        #expect(one("/" + String(repeating: "x", count: 5)) != ["414"])
        #expect(one("/" + String(repeating: "x", count: 6)) == ["414"])
        #expect(events([String(repeating: "G", count: 22)], limits: limits) == ["414"])
        #expect(one("/", "X: \(String(repeating: "y", count: 20))\r\n") == ["POST [] [] "])
        #expect(one("/", "X: \(String(repeating: "y", count: 21))\r\n") == ["431"])
        #expect(one("/", "a:\r\nb:\r\n") == ["POST [] [] "])
        #expect(one("/", "a:\r\nb:\r\nc:\r\n") == ["431"])
        #expect(one("/", "Content-Length: 4\r\n", "abcd") == ["POST [] [] abcd"])
        #expect(one("/", "Content-Length: 5\r\n") == ["413"])
        #expect(one("/", "Content-Length: 99999999999999999999\r\n") == ["431"])
        limits.headerBytes = 100
        #expect(one("/", "Content-Length: 99999999999999999999\r\n") == ["413"])
        #expect(one("/", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n") == ["POST [] [] abcd"])
        #expect(one("/", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n3\r\n") == ["413"])
        #expect(one("/", "Transfer-Encoding: chunked\r\n", "0\r\na:\r\nb:\r\n") == ["431"])
    }

    @Test func `nothing is read after a fault`() {
        var parser = HTTPRequestParser()
        parser.receive(Bytes(utf8: "nonsense\r\n"))
        #expect(throws: HTTPFault.self) { try parser.next() }
        parser.receive(Bytes(utf8: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(throws: HTTPFault.self) { try parser.next() }
    }
}

import KafkaNetwork
import KafkaProtocol
import Testing

@testable import MillraceHTTP

@Suite("HTTP client") struct ClientTests {
    private let address = NetworkAddress(host: "elsewhere", port: 80)

    private func read(_ text: String) throws -> HTTPClient.Answer {
        try HTTPClient.read(Array(text.replacing("\n", with: "\r\n").utf8)[...], from: address)
    }

    @Test func `a body is counted, in chunks, or all that is left`() throws {
        for text in [
            "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "HTTP/1.1 200 OK\n\nhello", "HTTP/1.0 200\n\nhello",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n4;a=b\nhell\n1\no\n0\nTrailer: x\n\n",
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        ] {
            let answer = try read(text)
            #expect(answer.status == 200 && answer.body.string == "hello", "\(text)")
        }
        #expect(try read("HTTP/1.1 204 No Content\n\n").body.isEmpty)
    }

    @Test func `answers that are cut off or make no sense are refused`() {
        for text in [
            "", "HTTP/1.1 200", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhell", "HTTP/1.1 200 OK\nContent-Length: x\n\nhello",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhell", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n-5\nhello\n0\n\n", "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\nhello",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nFFFFFFFFFFFF\nhello\n0\n\n", "HTTP/2 200\n\nhello", "HTTP/1.1 999 OK\n\n",
        ] {
            #expect(throws: (any Error).self, "\(text)") { try read(text) }
        }
    }

    @Test func `a request carries its body`() async throws {
        let echo = HTTPRoute("PUT", "/echo", "The body.") { .text("\($0.method) \($0.header("content-type") ?? "") \($0.body.string)") }
        try await withServer([echo]) { server in
            let answer = try await HTTPClient(timeout: .seconds(300)).send(
                "PUT", "/echo", to: server.address, headers: [HTTPField("Content-Type", "text/x")], body: Bytes(utf8: "hello"))
            #expect(answer.status == 200 && answer.body.string == "PUT text/x hello")
        }
    }
}

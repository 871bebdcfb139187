import KafkaProtocol

/// Writes what comes before an answer's body.
struct HTTPResponseHead {
    enum Framing: Equatable {
        case counted(Int)
        case chunked
        /// Up to the connection's end, for clients that do not know chunks.
        case untilEnd
    }

    var status: Int
    var headers: [HTTPField]
    var framing: Framing
    var closes: Bool

    var bytes: Bytes {
        var writer = ByteWriter(capacity: 512)
        writer.write(utf8: "HTTP/1.1 \(status) \(Self.phrase(status))\r\n")
        for field in headers { write(field, into: &writer) }
        switch framing {
        case .counted(let count): write(HTTPField("Content-Length", "\(count)"), into: &writer)
        case .chunked: write(HTTPField("Transfer-Encoding", "chunked"), into: &writer)
        case .untilEnd: break
        }
        if closes { write(HTTPField("Connection", "close"), into: &writer) }
        for field in Self.always where !headers.contains(where: { $0.name == field.name }) { write(field, into: &writer) }
        writer.write(utf8: "\r\n")
        return writer.finish()
    }

    /// Nothing is kept by caches, taken for another type, shown inside of another page, or loaded from elsewhere.
    private static let always = [
        HTTPField("Cache-Control", "no-store"),
        HTTPField("X-Content-Type-Options", "nosniff"),
        HTTPField("X-Frame-Options", "DENY"),
        HTTPField("Referrer-Policy", "no-referrer"),
    ]

    private func write(_ field: HTTPField, into writer: inout ByteWriter) {
        writer.write(utf8: field.name)
        writer.write(utf8: ": ")
        // A value from outside must not begin a line of its own.
        writer.write(raw: Bytes(field.value.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }))
        writer.write(utf8: "\r\n")
    }

    static func phrase(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Content"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

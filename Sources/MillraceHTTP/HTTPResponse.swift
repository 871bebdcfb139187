public import MillraceJSON
public import KafkaProtocol

/// An answer.
public struct HTTPResponse: Sendable {
    /// What an answer carries.
    public enum Content: Sendable {
        /// Bytes that are all there.
        case bytes(Bytes)
        /// Bytes that come with time: the closure is called once, and what it writes goes out at once. An error that it throws
        /// cuts the answer short, visibly for the client.
        case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
    }

    /// The status, such as 200.
    public var status: Int
    /// Header fields besides those that say how the body is sent.
    public var headers: [HTTPField]
    /// The body.
    public var content: Content

    /// An answer.
    public init(status: Int = 200, headers: [HTTPField] = [], content: Content = .bytes(Bytes())) {
        self.status = status
        self.headers = headers
        self.content = content
    }

    /// An answer of text, by default plain.
    public static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPField("Content-Type", type)], content: .bytes(Bytes(utf8: text)))
    }

    /// An answer of JSON.
    public static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [HTTPField("Content-Type", "application/json")], content: .bytes(value.bytes))
    }

    /// What a request is told that is refused.
    @Sendable static func refusal(_ fault: HTTPFault) -> HTTPResponse {
        let code = fault.code.map { [("code", JSONValue.string($0))] } ?? []
        var response = json(.object([("error", .string(fault.reason))] + code), status: fault.status)
        response.headers += fault.headers
        return response
    }
}

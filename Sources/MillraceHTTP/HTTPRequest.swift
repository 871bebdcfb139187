public import KafkaProtocol

/// A request with its whole body.
public struct HTTPRequest: Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// What is asked for.
    public var target: HTTPTarget
    /// The header fields, names in lower case, in the order in which they came.
    public var headers: [HTTPField] = []
    /// The body; empty if there is none.
    public var body = Bytes()
    /// Whether the client keeps the connection for another request, and understands chunked answers.
    var isPersistent = true
    var isVersion1_1 = true
    /// The parts of the path that stand for the placeholders of the route, by name.
    var parameters: [String: String] = [:]

    /// A request, as a test makes it. Nil if `target` is none.
    public init?(_ method: String = "GET", _ target: String) {
        guard let parsed = try? HTTPTarget(Array(target.utf8)[...]) else { return nil }
        self.init(method: method, target: parsed)
    }

    init(method: String, target: HTTPTarget) {
        self.method = method
        self.target = target
    }

    /// The value of the header field `name`, in lower case: the first one, nil if there is none.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The part of the path that stands for the placeholder `name` of the route, decoded; empty if the route has none of that name.
    public func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// The value of the query's parameter `name`, decoded: the first one, nil if there is none.
    public func query(_ name: String) -> String? { target.query.first { $0.name == name }?.value }
}

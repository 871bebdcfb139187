/// One thing that a server does: a method, a path, and what answers. Described for `OpenAPI`.
public struct HTTPRoute: Sendable {
    /// A parameter in the query.
    public struct Parameter: Sendable {
        /// Its name.
        public var name: String
        /// What it means.
        public var summary: String

        /// A parameter.
        public init(_ name: String, _ summary: String) {
            self.name = name
            self.summary = summary
        }
    }

    /// Answers a request. It may throw an `HTTPFault`; other errors are answered with 500.
    public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// The method: `GET` (which answers `HEAD`, too), `POST`, `PUT`, `DELETE`.
    public var method: String
    /// The path with names for what varies: `/api/stores/{name}`.
    public var path: String
    /// What it does, in one line.
    public var summary: String
    /// The parameters of the query.
    public var parameters: [Parameter]
    /// The type of what it answers with.
    public var type: String
    /// Whether it is answered without a token: nothing of what the program does can be seen by it.
    public var isOpen: Bool
    let handler: Handler
    let parts: [String]

    /// A route.
    public init(
        _ method: String, _ path: String, _ summary: String, parameters: [Parameter] = [],
        type: String = "application/json", isOpen: Bool = false, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.parameters = parameters
        self.type = type
        self.isOpen = isOpen
        self.handler = handler
        parts = path.split(separator: "/").map(String.init)
    }

    /// The values for the names in the path, if `path` is of this form.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, value) in zip(parts, path) {
            if part.hasPrefix("{"), part.hasSuffix("}") {
                values[String(part.dropFirst().dropLast())] = value
            } else if !part.utf8.elementsEqual(value.utf8) {
                return nil
            }
        }
        return values
    }
}

package import MillraceHTTP
internal import KafkaProtocol

/// The paths of Confluent's registry.
package struct RegistryRoutes: Sendable {
    let store: RegistryStore

    /// Routes to a registry.
    package init(store: RegistryStore) { self.store = store }

    /// All routes.
    package var router: HTTPRouter {
        HTTPRouter(
            [
                route("GET", "/", "Nothing, which says that the registry lives.", isOpen: true) { _ in [String: String]() },
                route("GET", "/contexts", "The contexts: the default one.") { _ in ["."] },
            ] + subjectRoutes + schemaRoutes + compatibilityRoutes + settingRoutes)
    }

    /// A route that answers with JSON.
    func route<Message: Encodable>(
        _ method: String, _ path: String, _ summary: String, _ parameters: [HTTPRoute.Parameter] = [], isOpen: Bool = false,
        _ handler: @escaping @Sendable (HTTPRequest) async throws -> Message
    ) -> HTTPRoute {
        HTTPRoute(method, path, summary, parameters: parameters, type: RegistryMessages.type, isOpen: isOpen) { request in
            try await Self.mapping { try RegistryMessages.answer(await handler(request)) }
        }
    }

    /// A route that answers with a schema's text.
    func textRoute(
        _ path: String, _ summary: String, _ handler: @escaping @Sendable (HTTPRequest) async throws -> String
    ) -> HTTPRoute {
        HTTPRoute("GET", path, summary, type: RegistryMessages.type) { request in
            try await Self.mapping {
                HTTPResponse(
                    headers: [HTTPField("Content-Type", RegistryMessages.type)],
                    content: .bytes(Bytes(utf8: try await handler(request))))
            }
        }
    }

    private static func mapping(_ body: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await body()
        } catch let refusal as RegistryRefusal {
            throw HTTPFault(refusal.status, refusal.message, code: "\(refusal.code)")
        }
    }

    /// The body of a request. Throws 422 if it is not what is expected.
    static func message<T: Decodable>(_ type: T.Type = T.self, of request: HTTPRequest) throws -> T {
        do {
            return try RegistryMessages.read(type, request.body)
        } catch {
            throw HTTPFault(422, "the body cannot be read: \(error)")
        }
    }

    /// The schema in a request's body. Throws 422 or 42201.
    static func schema(in message: SchemaMessage) throws -> Schema {
        if message.metadata != nil { throw RegistryRefusal.unsupported("metadata of schemas") }
        if message.ruleSet != nil || message.ruleSetToAdd != nil { throw RegistryRefusal.unsupported("rule sets") }
        guard let text = message.schema, !text.isEmpty else { throw RegistryRefusal(42201, "Empty schema") }
        guard let type = SchemaType(rawValue: message.schemaType ?? "AVRO") else {
            throw RegistryRefusal(422, "Invalid schema type \(message.schemaType ?? "")")
        }
        return Schema(text, type: type, references: message.references ?? [])
    }

    static let deleted = HTTPRoute.Parameter("deleted", "Whether deleted versions that can still be looked up count, too.")
    static let normalize = HTTPRoute.Parameter("normalize", "Whether the order of what has none counts.")
    static let permanent = HTTPRoute.Parameter("permanent", "Whether it is gone for good; it must have been deleted before.")
    static let page = [
        HTTPRoute.Parameter("offset", "How many to leave out."), HTTPRoute.Parameter("limit", "How many at most; -1 for all."),
    ]
}

extension HTTPRequest {
    /// Whether the query's parameter `name` is `true`.
    func flag(_ name: String) -> Bool { query(name)?.lowercased() == "true" }

    /// Which versions count.
    var visibility: RegistryState.Visibility { flag("deletedOnly") ? .deleted : flag("deleted") ? .all : .present }

    /// The subject in the path.
    var subject: String { parameter("subject") }

    /// The version in the path.
    var version: VersionSelector { get throws(RegistryRefusal) { try VersionSelector(parameter("version")) } }

    /// The id in the path. Throws 404 if it is no number.
    var schemaID: Int32 {
        get throws {
            guard let id = Int32(parameter("id")) else { throw HTTPFault(404, "\(parameter("id")) is no id of a schema") }
            return id
        }
    }

    /// The part of a list that is asked for.
    func page<T>(of list: [T]) -> [T] {
        let rest = list.dropFirst(max(0, query("offset").flatMap { Int($0) } ?? 0))
        guard let limit = query("limit").flatMap({ Int($0) }), limit >= 0 else { return Array(rest) }
        return Array(rest.prefix(limit))
    }
}

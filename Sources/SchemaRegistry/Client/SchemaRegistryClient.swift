import MillraceHTTP
internal import KafkaClient
import KafkaNetwork
import KafkaProtocol
import Synchronization

/// Asks a schema registry with Confluent's REST interface: this package's own, Confluent's, or others that speak it.
///
/// ```swift
/// let registry = try SchemaRegistryClient(SchemaRegistryConfiguration("http://localhost:8081"))
/// let id = try await registry.register(Schema(#"{"type":"record", ...}"#), subject: "orders-value")
/// ```
///
/// Schemas by id, and ids by subject and schema, never change, so they are asked for once and remembered. Calls that get no answer are
/// repeated, at another address if there is one, until `SchemaRegistryConfiguration.timeout` has gone by. All calls may be made from many
/// tasks at once, and throw `SchemaRegistryError` or `CancellationError`.
public final class SchemaRegistryClient: Sendable {
    private struct Registered: Hashable {
        @Name var subject: String
        var schema: Schema
    }

    private struct Cache {
        var schemas: [Int32: Schema] = [:]
        var ids: [Registered: Int32] = [:]
    }

    /// How the registry is asked.
    public let configuration: SchemaRegistryConfiguration
    private let connection: RegistryConnection
    private let cache = Mutex(Cache())

    /// A client, which connects when it is first used. Throws `.configuration` if an address is none, or if TLS cannot be had.
    public convenience init(_ configuration: SchemaRegistryConfiguration) throws(SchemaRegistryError) {
        try self.init(configuration, environment: .system)
    }

    /// A client with a clock of its own.
    init(_ configuration: SchemaRegistryConfiguration, environment: ClientEnvironment) throws(SchemaRegistryError) {
        self.configuration = configuration
        connection = try RegistryConnection(configuration, environment)
    }

    /// Makes a schema a version of a subject, unless it is one already. Returns its id. Throws `.incompatible` if the subject's rules do
    /// not allow it, `.refused` if it cannot be read.
    ///
    /// - Parameters:
    ///   - schema: The schema.
    ///   - subject: The subject, which is made if there is none.
    ///   - normalize: Whether the registry is to leave the order out of account of what has none.
    public func register(_ schema: Schema, subject: String, normalize: Bool = false) async throws -> Int32 {
        let key = Registered(subject: subject, schema: schema)
        if let id = cache.withLock({ $0.ids[key] }) { return id }
        let answer: SchemaMessage = try await connection.ask(
            "POST", "/subjects/\(HTTPTarget.encoded(subject))/versions?normalize=\(normalize)", SchemaMessage(schema),
            to: "register a schema of \(subject)")
        guard let id = answer.id else { throw RegistryConnection.unreadable("register a schema of \(subject)") }
        remember { $0.ids[key] = id }
        return id
    }

    /// Finds the version of a subject that has a schema. Throws `.notFound` if there is none.
    public func lookUp(_ schema: Schema, subject: String, normalize: Bool = false) async throws -> RegisteredSchema {
        let what = "look up a schema of \(subject)"
        let answer: SchemaMessage = try await connection.ask(
            "POST", "/subjects/\(HTTPTarget.encoded(subject))?normalize=\(normalize)", SchemaMessage(schema), to: what)
        return try Self.registered(answer, what)
    }

    /// The schema with an id. Throws `.notFound` if there is none.
    public func schema(id: Int32) async throws -> Schema {
        if let schema = cache.withLock({ $0.schemas[id] }) { return schema }
        let what = "find the schema with the id \(id)"
        let answer: SchemaMessage = try await connection.ask("GET", "/schemas/ids/\(id)", to: what)
        let schema = try Self.schema(answer, what)
        remember { $0.schemas[id] = schema }
        return schema
    }

    /// What the registry remembers of an id, without asking.
    package func rememberedSchema(id: Int32) -> Schema? { cache.withLock { $0.schemas[id] } }

    /// The latest version of a subject. Throws `.notFound` if there is none.
    public func latestVersion(of subject: String) async throws -> RegisteredSchema { try await version("latest", of: subject) }

    /// A version of a subject. Throws `.notFound` if there is none.
    public func version(_ version: Int32, of subject: String) async throws -> RegisteredSchema {
        try await self.version("\(version)", of: subject)
    }

    private func version(_ version: String, of subject: String) async throws -> RegisteredSchema {
        let what = "find version \(version) of \(subject)"
        let answer: SchemaMessage = try await connection.ask(
            "GET", "/subjects/\(HTTPTarget.encoded(subject))/versions/\(version)", to: what)
        return try Self.registered(answer, what)
    }

    /// The schemas that a schema refers to, directly and by way of others, with the names that they have there. What one refers to itself
    /// comes before it.
    public func references(of schema: Schema) async throws -> [(name: String, schema: Schema)] {
        var found: [(name: String, schema: Schema)] = []
        var seen: Set<SchemaReference> = []
        var waiting = schema.references.reversed().map { (reference: $0, schema: Schema?.none) }
        while let (reference, known) = waiting.popLast() {
            if let known {
                found.append((reference.name, known))
            } else if seen.insert(reference).inserted {
                let referred = try await version(reference.version, of: reference.subject).schema
                waiting.append((reference, referred))
                waiting += referred.references.reversed().map { ($0, nil) }
            }
        }
        return found
    }

    private func remember(_ change: (inout Cache) -> Void) {
        cache.withLock { cache in
            if cache.schemas.count + cache.ids.count >= max(1, configuration.cacheSize) { cache = Cache() }
            change(&cache)
        }
    }

    private static func schema(_ answer: SchemaMessage, _ what: String) throws(SchemaRegistryError) -> Schema {
        guard let text = answer.schema, let type = SchemaType(rawValue: answer.schemaType ?? "AVRO") else {
            throw RegistryConnection.unreadable(what)
        }
        return Schema(text, type: type, references: answer.references ?? [])
    }

    private static func registered(_ answer: SchemaMessage, _ what: String) throws(SchemaRegistryError) -> RegisteredSchema {
        guard let subject = answer.subject, let version = answer.version, let id = answer.id else {
            throw RegistryConnection.unreadable(what)
        }
        return RegisteredSchema(subject: subject, version: version, id: id, schema: try schema(answer, what))
    }
}

extension SchemaRegistryClient {
    /// The names of all subjects.
    public func subjects() async throws -> [String] { try await connection.ask("GET", "/subjects", to: "list subjects") }

    /// The numbers of a subject's versions. Throws `.notFound` if there are none.
    public func versions(of subject: String) async throws -> [Int32] {
        try await connection.ask("GET", "/subjects/\(HTTPTarget.encoded(subject))/versions", to: "list the versions of \(subject)")
    }

    /// Deletes a subject: its versions can still be looked up by id, until it is deleted again with `permanent`. Returns the versions.
    public func delete(subject: String, permanent: Bool = false) async throws -> [Int32] {
        // What comes to be registered again is to be asked for again.
        cache.withLock { cache in cache.ids = cache.ids.filter { Name($0.key.subject) != Name(subject) } }
        return try await connection.ask(
            "DELETE", "/subjects/\(HTTPTarget.encoded(subject))?permanent=\(permanent)", to: "delete \(subject)")
    }

    /// Why a schema could not be the next version of a subject; empty if it could be.
    public func incompatibilities(of schema: Schema, subject: String) async throws -> [String] {
        let verdict: VerdictMessage = try await connection.ask(
            "POST", "/compatibility/subjects/\(HTTPTarget.encoded(subject))/versions?verbose=true", SchemaMessage(schema),
            to: "compare a schema with those of \(subject)")
        if verdict.isCompatible { return [] }
        let messages = verdict.messages ?? []
        return messages.isEmpty ? ["the registry does not say why"] : messages
    }

    /// How compatible versions of a subject must be, or of all subjects that say nothing else.
    public func compatibility(of subject: String? = nil) async throws -> CompatibilityLevel {
        let what = "find the compatibility of \(subject ?? "all subjects")"
        let answer: CompatibilityLevelMessage = try await connection.ask(
            "GET", "\(Self.config(subject))?defaultToGlobal=true", to: what)
        guard let level = answer.compatibilityLevel.flatMap({ CompatibilityLevel(rawValue: $0) }) else {
            throw RegistryConnection.unreadable(what)
        }
        return level
    }

    /// Sets how compatible versions of a subject must be, or of all subjects that say nothing else.
    public func setCompatibility(_ level: CompatibilityLevel, of subject: String? = nil) async throws {
        let _: CompatibilityMessage = try await connection.ask(
            "PUT", Self.config(subject), CompatibilityMessage(compatibility: level.rawValue),
            to: "set the compatibility of \(subject ?? "all subjects")")
    }

    private static func config(_ subject: String?) -> String { subject.map { "/config/\(HTTPTarget.encoded($0))" } ?? "/config" }
}

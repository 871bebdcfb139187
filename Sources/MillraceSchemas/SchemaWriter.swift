internal import SchemaRegistry
import Synchronization

/// What values are written with: made of the serde's own schema once it has an id.
final class SchemaWriter<Encoder: Sendable>: Sendable {
    private let registry: SchemaRegistryClient
    private let schema: Schema
    private let subject: String
    private let options: SchemaSerdeOptions
    private let make: @Sendable (ResolvedSchema) throws -> Encoder
    private let ready = Mutex<Ready?>(nil)

    struct Ready: Sendable {
        var id: Int32
        var encoder: Encoder
    }

    /// A writer that asks the registry when it is first needed, or when it is prepared.
    init(
        _ registry: SchemaRegistryClient, _ schema: Schema, subject: String, _ options: SchemaSerdeOptions,
        make: @escaping @Sendable (ResolvedSchema) throws -> Encoder
    ) {
        self.registry = registry
        self.schema = schema
        self.subject = subject
        self.options = options
        self.make = make
    }

    /// The id and what writes. The first call waits for the registry, unless the writer is prepared.
    func encoder() throws -> Ready {
        if let ready = ready.withLock({ $0 }) { return ready }
        return try registry.waiting(to: "get an id for the schema of \(subject)") {
            let resolved = try await self.resolve()
            return try self.prepare(resolved)
        }
    }

    /// Makes what writes by a schema.
    @discardableResult func prepare(_ resolved: ResolvedSchema) throws -> Ready {
        let ready = Ready(id: resolved.id, encoder: try make(resolved))
        self.ready.withLock { $0 = ready }
        return ready
    }

    /// Asks the registry for the schema to write by.
    func resolve() async throws -> ResolvedSchema {
        var resolved: ResolvedSchema
        switch options.registration {
        case .register:
            resolved = ResolvedSchema(
                id: try await registry.register(schema, subject: subject, normalize: options.normalize), schema: schema)
        case .lookUp:
            resolved = ResolvedSchema(
                id: try await registry.lookUp(schema, subject: subject, normalize: options.normalize).id, schema: schema)
        case .useLatest:
            let latest = try await registry.latestVersion(of: subject)
            resolved = ResolvedSchema(id: latest.id, schema: latest.schema)
        }
        resolved.references = try await registry.references(of: resolved.schema)
        return resolved
    }
}

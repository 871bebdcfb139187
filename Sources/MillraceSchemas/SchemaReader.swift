internal import SchemaRegistry
import Synchronization

/// What values are read with: made of each schema that records were written with, once.
final class SchemaReader<Decoder: Sendable>: Sendable {
    private struct State {
        /// The one used last, which nearly always is the next one, too.
        var lastID: Int32 = -1
        var last: Decoder?
        var decoders: [Int32: Decoder] = [:]
        /// Ids that the registry does not know, or whose schema cannot be used, until they are asked for again.
        var refused: [Int32: (error: any Error, until: ContinuousClock.Instant)] = [:]
    }

    private let registry: SchemaRegistryClient
    private let make: @Sendable (ResolvedSchema) throws -> Decoder
    private let state = Mutex(State())
    /// More schemas than a topic has.
    private static var mostDecoders: Int { 10_000 }
    private static var refusalTime: Duration { .seconds(5) }

    /// A reader that asks the registry for each id once.
    init(_ registry: SchemaRegistryClient, make: @escaping @Sendable (ResolvedSchema) throws -> Decoder) {
        self.registry = registry
        self.make = make
    }

    /// What reads records of the schema `id`. The first call for an id waits for the registry. Throws `SchemaRegistryError` if there is no
    /// such schema or no answer, and what `make` throws.
    func decoder(id: Int32) throws -> Decoder {
        let known = try state.withLock { state throws(any Error) -> Decoder? in
            if state.lastID == id, let last = state.last { return last }
            if let decoder = state.decoders[id] {
                (state.lastID, state.last) = (id, decoder)
                return decoder
            }
            if let refused = state.refused[id], refused.until > .now { throw refused.error }
            return nil
        }
        if let known { return known }
        do {
            let resolved = try registry.waiting(to: "find the schema with the id \(id)") { [registry] in
                let schema = try await registry.schema(id: id)
                return ResolvedSchema(id: id, schema: schema, references: try await registry.references(of: schema))
            }
            return try prepare(resolved)
        } catch {
            // Without an answer the next record waits again, rather than that all are passed over quickly.
            if (error as? SchemaRegistryError)?.isRetriable != true {
                state.withLock { state in
                    if state.refused.count >= Self.mostDecoders { state.refused = [:] }
                    state.refused[id] = (error, .now + Self.refusalTime)
                }
            }
            throw error
        }
    }

    /// Makes what reads records of a schema that is known already.
    @discardableResult func prepare(_ resolved: ResolvedSchema) throws -> Decoder {
        let decoder = try make(resolved)
        state.withLock { state in
            if state.decoders.count >= Self.mostDecoders { state.decoders = [:] }
            state.decoders[resolved.id] = decoder
            state.refused[resolved.id] = nil
            (state.lastID, state.last) = (resolved.id, decoder)
        }
        return decoder
    }
}

public import KafkaProtocol

/// Takes the pieces of an answer that comes with time.
public struct HTTPBodyWriter: Sendable {
    let send: @Sendable (Bytes) async throws -> Void

    /// Sends `bytes`; returns when the system has taken them. Throws when the client is gone or takes too long.
    public func write(_ bytes: Bytes) async throws {
        // An empty chunk would be the end.
        if !bytes.isEmpty { try await send(bytes) }
    }
}

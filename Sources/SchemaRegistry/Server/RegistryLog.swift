/// Where a registry's changes are kept, in order.
package protocol RegistryLog: Sendable {
    /// Returns once all that was in the log at the time of the call has been applied. Throws 50001 or 50002.
    func catchUp() async throws
    /// Writes records; returns once they have been applied. After an error some may have been written. Throws 50001 or 50002.
    func append(_ records: [RegistryRecord]) async throws
}

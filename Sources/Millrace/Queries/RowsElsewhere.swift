/// How rows of partitions are read that other instances have.
struct RowsElsewhere<Row: Sendable>: Sendable {
    /// Asks the instance at `server` for the page of a partition behind a place, for so many milliseconds at most.
    typealias Ask =
        @Sendable (
            _ partition: Int32, _ server: String, _ place: RowWalk<Row>.Place?, _ milliseconds: Int64
        ) async throws(QueryError) -> (page: RowWalk<Row>.Page, position: QueryPosition)

    let ask: Ask
    /// Whether partitions that nobody answers for are left out, and told of.
    let isPartial: Bool
}

/// Who has answered, of the partitions of a store.
struct RowSources: Sendable {
    /// By partition, the server of the instance that its last page came from; nil for this instance.
    private(set) var servers: [Int32: String?] = [:]
    /// The partitions that rows are missing of, with why.
    private(set) var missing: [Int32: QueryError] = [:]

    mutating func note(_ partition: Int32, _ server: String?) { servers[partition] = .some(server) }
    mutating func note(_ partition: Int32, missing error: QueryError) { missing[partition] = error }
}

extension QueryError {
    /// The instance that another one is to be asked at, if there is one.
    var otherServer: String? {
        guard code == .notHere || code == .behind, let active = location?.active, !active.isLocal else { return nil }
        return active.server
    }
}

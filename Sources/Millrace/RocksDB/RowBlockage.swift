import KafkaClient

/// Why a database has no room for more changes. Tasks wait for it between two turns, so that no thread does; as an error it is the
/// reason that is told.
enum RowBlockage: Error, CustomStringConvertible {
    /// A file is being written.
    case writing(RowFileJob)
    /// There are too many files to be merged.
    case merging

    var description: String {
        switch self {
        case .writing: "there is no more memory for changes until these are written"
        case .merging: "files come faster than RocksDB merges them"
        }
    }

    /// Waits until there may be room: a file's time at most.
    func pass(_ environment: ClientEnvironment) async throws {
        switch self {
        case .writing(let job): await job.finished()
        case .merging: try await environment.sleep(Self.look)
        }
    }

    /// How often files are counted, in milliseconds.
    private static let look: Int64 = 20
}

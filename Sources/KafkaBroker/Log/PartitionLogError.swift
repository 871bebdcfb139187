import KafkaProtocol

/// Why a partition's log refused an append, a read or an administrative call. The log stays usable after any of them.
struct PartitionLogError: Error, Sendable, CustomStringConvertible {
    /// What the client is told.
    let code: KafkaErrorCode
    /// What was being done to which partition or file, and what is wrong.
    let message: String

    init(_ code: KafkaErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { "\(message) (\(code))" }

    /// A call to the file system failed with `errno`.
    static func storage(_ doing: String, errno: Int32) -> PartitionLogError {
        PartitionLogError(.kafkaStorageError, "\(doing): \(describeError(errno))")
    }
}

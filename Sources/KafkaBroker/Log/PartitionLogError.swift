import KafkaProtocol

/// Why a partition's log refused an append, a read or an administrative call. The log stays usable after any of them.
struct PartitionLogError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with one record of a batch.
    struct RecordFault: Sendable, Equatable {
        /// The record's place in the batch, from 0.
        var index: Int32
        var message: String
    }

    /// What the client is told.
    let code: KafkaErrorCode
    /// What was being done to which partition or file, and what is wrong.
    let message: String
    /// The records that an append was refused for, if it was for single ones.
    let records: [RecordFault]

    init(_ code: KafkaErrorCode, _ message: String, records: [RecordFault] = []) {
        self.code = code
        self.message = message
        self.records = records
    }

    var description: String { errorText(message, kind: code) }

    /// A call to the file system failed with `errno`.
    static func storage(_ doing: String, errno: Int32) -> PartitionLogError {
        PartitionLogError(.kafkaStorageError, "\(doing): \(describeError(errno))")
    }
}

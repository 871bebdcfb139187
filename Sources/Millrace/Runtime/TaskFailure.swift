import KafkaClient
import KafkaProtocol

/// What the failure of a task means.
enum TaskFailure {
    /// The partitions, or the transactional id, belong to another instance by now: the task is over here, and the
    /// instance must join its group anew. Kafka Streams' `TaskMigratedException`.
    case migrated
    /// What was not committed is lost to the task; built anew from the last commit it may go on.
    case restart
    /// The application cannot go on.
    case fatal

    init(_ error: any Error) {
        var isUnanswered = false
        var next: (any Error)? = error
        while let error = next as? KafkaError {
            if error.code == .rebalanced || error.code == .fenced {
                self = .migrated
                return
            }
            if let code = error.errorCode, Self.migrations.contains(code) {
                self = .migrated
                return
            }
            if error.code == .timeout || error.isRetriable { isUnanswered = true }
            next = error.underlying
        }
        self = isUnanswered ? .restart : .fatal
    }

    private static let migrations: Set<KafkaErrorCode> = [
        .unknownMemberId, .illegalGeneration, .rebalanceInProgress, .producerFenced, .invalidProducerEpoch,
        .invalidProducerIdMapping, .unknownProducerId, .invalidTxnState,
    ]
}

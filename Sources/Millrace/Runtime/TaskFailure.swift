import KafkaClient
import KafkaProtocol

/// What the failure of a task means.
enum TaskFailure: Equatable {
    /// The group has given the partitions to another instance: the task is over here, and the instance must join its group
    /// anew. Kafka Streams' `TaskMigratedException`.
    case migrated
    /// The transactional id has been taken over, or the coordinator has given the transaction up, for example because it
    /// was open for too long. Which one, the group knows.
    case fenced
    /// Brokers cannot be reached, or cannot do it now. It may go on, from the last commit, when they can.
    case outage
    /// Brokers refuse single records for good: what makes them fails when the task starts anew.
    case refused
    /// The disk of local state refuses, or what was on it is damaged. It may go on, from the last commit, once there is room, or
    /// from the changelogs.
    case disk
    /// The application cannot go on.
    case fatal

    init(_ error: any Error) {
        if let disk = (error as? StreamsError)?.underlying as? RowDatabaseError, disk.kind != .unusable, disk.kind != .misuse {
            self = .disk
            return
        }
        var found = TaskFailure.fatal
        var next: (any Error)? = error
        while let error = next as? KafkaError {
            if error.code == .rebalanced || error.errorCode.map(Self.migrations.contains) ?? false {
                self = .migrated
                return
            }
            if !error.refused.isEmpty {
                self = .refused
                return
            }
            if error.code == .fenced || error.errorCode.map(Self.fencings.contains) ?? false {
                found = .fenced
            } else if found == .fatal, error.code == .timeout || error.isRetriable {
                found = .outage
            }
            next = error.underlying
        }
        self = found
    }

    private static let migrations: Set<KafkaErrorCode> = [
        .unknownMemberId, .illegalGeneration, .rebalanceInProgress, .fencedMemberEpoch, .staleMemberEpoch,
    ]

    private static let fencings: Set<KafkaErrorCode> = [
        .producerFenced, .invalidProducerEpoch, .invalidProducerIdMapping, .unknownProducerId, .invalidTxnState,
        .outOfOrderSequenceNumber, .transactionAbortable,
    ]
}

public import KafkaProtocol

/// What went wrong in a Kafka client: what was being done, to which partition and offset, and whether to try again.
public struct KafkaError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure. More may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case broker, connection, malformedResponse, timeout, closed, unknownTopic, offsetOutOfRange, noOffset,
                fenced
            case transactionAborted, invalidState, invalidConfiguration, rebalanced, corruptBatch, unsupported
            case authentication
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// A broker answered with an error; `KafkaError.errorCode` says which.
        public static let broker = Code(.broker)
        /// A broker could not be reached, or the connection to it broke.
        public static let connection = Code(.connection)
        /// An answer made no sense or could not be read.
        public static let malformedResponse = Code(.malformedResponse)
        /// Time ran out, retries included.
        public static let timeout = Code(.timeout)
        /// The producer, consumer or client is closed.
        public static let closed = Code(.closed)
        /// There is no such topic or partition.
        public static let unknownTopic = Code(.unknownTopic)
        /// The position lies outside of what the partition holds.
        public static let offsetOutOfRange = Code(.offsetOutOfRange)
        /// There is no committed offset, and the reset policy is `none`.
        public static let noOffset = Code(.noOffset)
        /// A newer producer or member with the same id has taken over (KIP-360, KIP-447). This one must be dropped.
        public static let fenced = Code(.fenced)
        /// The transaction can only be aborted; after that the producer works on.
        public static let transactionAborted = Code(.transactionAborted)
        /// The call is not allowed in the present state.
        public static let invalidState = Code(.invalidState)
        /// A setting makes no sense.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// The group has rebalanced: the partitions may belong to another member by now.
        public static let rebalanced = Code(.rebalanced)
        /// A record batch is damaged.
        public static let corruptBatch = Code(.corruptBatch)
        /// The broker lacks the API, or a version of it that is needed.
        public static let unsupported = Code(.unsupported)
        /// The broker does not accept who this client says it is, or cannot prove who it is itself.
        public static let authentication = Code(.authentication)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public var code: Code
    /// What was being done, to what, and what happened.
    public var message: String
    /// The error that a broker answered with, if one did.
    public var errorCode: KafkaErrorCode?
    /// The error behind this one, if any.
    public var underlying: (any Error)?
    /// The partition concerned, if it is about one.
    public var topicPartition: TopicPartition?
    /// The offset concerned, if it is about one.
    public var offset: Int64?
    /// Whether the same call may succeed later. Calls of this module have retried already when they throw.
    public var isRetriable: Bool
    /// Whether the producer or consumer that threw it cannot be used any more.
    public var isFatal: Bool

    /// The records that a broker refuses for good, if that is what went wrong.
    package var refused: [RefusedRecord] = []

    /// Whether a coordinator refused a member only because its group goes on to the next generation, or has gone on: as of that one
    /// the same request may be good. Nothing of it has been done.
    package var isOfEarlierGeneration: Bool { errorCode == .illegalGeneration || errorCode == .rebalanceInProgress }

    /// An error of kind `code`.
    public init(
        _ code: Code, _ message: String, errorCode: KafkaErrorCode? = nil, underlying: (any Error)? = nil,
        topicPartition: TopicPartition? = nil, offset: Int64? = nil, isRetriable: Bool = false, isFatal: Bool = false
    ) {
        self.code = code
        self.message = message
        self.errorCode = errorCode
        self.underlying = underlying
        self.topicPartition = topicPartition
        self.offset = offset
        self.isRetriable = isRetriable
        self.isFatal = isFatal
    }

    /// The message with the error behind it, or else what a broker answered or the kind of failure.
    public var description: String { errorText(message, kind: errorCode?.name ?? code.description, beneath: underlying) }

    /// The broker's answer `errorCode` to an attempt to `what`.
    static func broker(
        _ errorCode: KafkaErrorCode, _ what: String, message: String? = nil, topicPartition: TopicPartition? = nil
    ) -> KafkaError {
        KafkaError(
            errorCode.isFencing ? .fenced : errorCode == .unknownTopicOrPartition ? .unknownTopic : .broker,
            "could not \(what)" + ((message ?? advice(errorCode)).map { ": \($0)" } ?? ""), errorCode: errorCode,
            topicPartition: topicPartition,
            isRetriable: errorCode.isRetriable, isFatal: errorCode.isFencing)
    }

    /// What to do about an error whose answer has no room for a message.
    private static func advice(_ errorCode: KafkaErrorCode) -> String? {
        guard errorCode == .unsupportedCompressionType else { return nil }
        return "the broker lacks the library that reads a compressed batch; its log names the package to install"
    }

    /// Makes any error of a transport a `KafkaError`; `CancellationError` stays as it is.
    static func wrapping(_ error: any Error, _ what: String) -> any Error {
        switch error {
        case is CancellationError, is KafkaError: return error
        case let error as KafkaProtocolError:
            return KafkaError(.malformedResponse, "could not \(what)", underlying: error)
        default:
            return KafkaError(.connection, "could not \(what)", underlying: error, isRetriable: true)
        }
    }

    /// `error` as a `KafkaError`, also if it is a cancellation.
    static func from(_ error: any Error, _ what: String) -> KafkaError {
        if let error = wrapping(error, what) as? KafkaError { return error }
        return KafkaError(.closed, "\(what) was cancelled", underlying: error)
    }

    /// Something is used after `close()`.
    static func closed(_ what: String) -> KafkaError {
        KafkaError(.closed, "the \(what) is closed", isFatal: true)
    }
}

extension KafkaErrorCode {
    /// Whether it says that a newer instance with the same id has taken over.
    var isFencing: Bool {
        self == .producerFenced || self == .invalidProducerEpoch || self == .fencedInstanceId
    }

    /// Whether a broker other than the one asked leads the partition now, or none that is known.
    var isAboutLeadership: Bool {
        switch self {
        case .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower, .replicaNotAvailable,
            .kafkaStorageError,
            .fencedLeaderEpoch, .unknownLeaderEpoch, .unknownTopicId, .inconsistentTopicId, .listenerNotFound:
            true
        default: false
        }
    }

    /// Whether another broker coordinates the group or transaction now, or none that is known.
    var isAboutCoordinator: Bool { self == .notCoordinator || self == .coordinatorNotAvailable }
}

import KafkaProtocol

/// What went wrong in a topology or in a running application.
public struct StreamsError: Error, Sendable, CustomStringConvertible {
    /// The kinds of fault. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case invalidTopology, missingTopic, partitionCount, undecodableRecord, processing, restore, configuration
            case lostState, localState, broker, internalFault
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// The topology contradicts itself: a name twice, a missing serde, sizes that make no sense.
        public static let invalidTopology = Code(.invalidTopology)
        /// A topic that the topology reads or writes is not there.
        public static let missingTopic = Code(.missingTopic)
        /// Topics that are joined, or an internal topic, do not have the partitions they should.
        public static let partitionCount = Code(.partitionCount)
        /// A key, value or timestamp could not be read, and the policy says to fail.
        public static let undecodableRecord = Code(.undecodableRecord)
        /// A step of the topology threw.
        public static let processing = Code(.processing)
        /// A state store could not be rebuilt from its changelog.
        public static let restore = Code(.restore)
        /// Something that the application had committed is gone from its topics.
        public static let lostState = Code(.lostState)
        /// State on disk can be neither read nor written.
        public static let localState = Code(.localState)
        /// A setting is out of range.
        public static let configuration = Code(.configuration)
        /// The broker, or the way to it, failed.
        public static let broker = Code(.broker)
        /// A fault of the engine itself.
        public static let internalFault = Code(.internalFault)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of fault.
    public let code: Code
    /// What was being done, to which topic, partition and offset, and what to do about it.
    public let message: String
    /// The error beneath, if there is one.
    public let underlying: (any Error)?

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether running the application again may help without a change.
    public var isRetriable: Bool { code == .broker || code == .restore || code == .localState }
    /// Whether only a change of the topology, its settings or the cluster can help.
    public var isFatal: Bool { !isRetriable }

    /// The message with the error beneath, or else the kind of fault.
    public var description: String { errorText(message, kind: code, beneath: underlying) }
}

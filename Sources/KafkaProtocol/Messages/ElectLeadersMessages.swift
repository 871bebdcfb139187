/// ElectLeaders (API 43): elects leaders of partitions (KIP-460). Versions 0 to 2, flexible from version 2.
public struct ElectLeadersRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ElectLeadersResponse
    /// The number of the API.
    public static var apiKey: APIKey { .electLeaders }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// 0 for the preferred replica, 1 for the first that lives.
    public var electionType: Int8
    /// The partitions by topic; nil for all.
    public var topicPartitions: [TopicPartitions]?
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32

    /// A request; fields left out have their defaults.
    public init(electionType: Int8 = 0, topicPartitions: [TopicPartitions]? = nil, timeoutMs: Int32 = 60000) {
        self.electionType = electionType
        self.topicPartitions = topicPartitions
        self.timeoutMs = timeoutMs
    }

    /// The partitions of a topic.
    public struct TopicPartitions: Equatable, Sendable {
        /// The topic's name.
        public var topic: String
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topic: String = "", partitions: [Int32] = []) {
            self.topic = topic
            self.partitions = partitions
        }
    }
}

extension ElectLeadersRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "ElectLeadersRequest")
        let flexible = version >= 2
        if version >= 1 {
            writer.write(electionType)
        } else if electionType != 0 {
            throw KafkaProtocolError.noField("ElectLeadersRequest.electionType", version)
        }
        try writer.write(topicPartitions, compact: flexible, version: version)
        writer.write(timeoutMs)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "ElectLeadersRequest")
        let flexible = version >= 2
        self.init()
        if version >= 1 { electionType = try reader.read() }
        topicPartitions = try reader.readNullableArray(compact: flexible, version: version)
        timeoutMs = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ElectLeadersRequest.TopicPartitions: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(topic, compact: flexible)
        try writer.write(partitions, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        topic = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `ElectLeadersRequest`.
public struct ElectLeadersResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The outcomes by topic.
    public var replicaElectionResults: [ReplicaElectionResult]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        replicaElectionResults: [ReplicaElectionResult] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.replicaElectionResults = replicaElectionResults
    }

    /// The outcome for a topic.
    public struct ReplicaElectionResult: Equatable, Sendable {
        /// The topic's name.
        public var topic: String
        /// The partitions.
        public var partitionResult: [PartitionResult]

        /// Fields left out have their defaults.
        public init(topic: String = "", partitionResult: [PartitionResult] = []) {
            self.topic = topic
            self.partitionResult = partitionResult
        }
    }

    /// The outcome for a partition.
    public struct PartitionResult: Equatable, Sendable {
        /// The partition's number.
        public var partitionId: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(partitionId: Int32 = 0, errorCode: Int16 = 0, errorMessage: String? = nil) {
            self.partitionId = partitionId
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension ElectLeadersResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "ElectLeadersResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        if version >= 1 {
            writer.write(errorCode)
        } else if errorCode != 0 {
            throw KafkaProtocolError.noField("ElectLeadersResponse.errorCode", version)
        }
        try writer.write(replicaElectionResults, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "ElectLeadersResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        if version >= 1 { errorCode = try reader.read() }
        replicaElectionResults = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ElectLeadersResponse.ReplicaElectionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(topic, compact: flexible)
        try writer.write(partitionResult, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        topic = try reader.readString(compact: flexible)
        partitionResult = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ElectLeadersResponse.PartitionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(partitionId)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        partitionId = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// AlterPartitionReassignments (API 45): moves partitions to other brokers (KIP-455). Versions 0 to 1, flexible.
public struct AlterPartitionReassignmentsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AlterPartitionReassignmentsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .alterPartitionReassignments }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// Whether partitions may get another number of replicas (KIP-860).
    public var allowReplicationFactorChange: Bool
    /// The topics.
    public var topics: [ReassignableTopic]

    /// A request; fields left out have their defaults.
    public init(
        timeoutMs: Int32 = 60000,
        allowReplicationFactorChange: Bool = true,
        topics: [ReassignableTopic] = []
    ) {
        self.timeoutMs = timeoutMs
        self.allowReplicationFactorChange = allowReplicationFactorChange
        self.topics = topics
    }

    /// A topic.
    public struct ReassignableTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [ReassignablePartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [ReassignablePartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct ReassignablePartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The brokers that are to hold it; nil cancels a move under way.
        public var replicas: [Int32]?

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, replicas: [Int32]? = nil) {
            self.partitionIndex = partitionIndex
            self.replicas = replicas
        }
    }
}

extension AlterPartitionReassignmentsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterPartitionReassignmentsRequest")
        writer.write(timeoutMs)
        if version >= 1 {
            writer.write(allowReplicationFactorChange)
        } else if !allowReplicationFactorChange {
            throw KafkaProtocolError.noField("AlterPartitionReassignmentsRequest.allowReplicationFactorChange", version)
        }
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterPartitionReassignmentsRequest")
        self.init()
        timeoutMs = try reader.read()
        if version >= 1 { allowReplicationFactorChange = try reader.readBool() }
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterPartitionReassignmentsRequest.ReassignableTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(partitions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        partitions = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterPartitionReassignmentsRequest.ReassignablePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        try writer.write(replicas, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        replicas = try reader.readNullableArray(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `AlterPartitionReassignmentsRequest`.
public struct AlterPartitionReassignmentsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// Whether partitions could get another number of replicas, as in the request.
    public var allowReplicationFactorChange: Bool
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The outcomes by topic.
    public var responses: [ReassignableTopicResponse]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        allowReplicationFactorChange: Bool = true,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        responses: [ReassignableTopicResponse] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.allowReplicationFactorChange = allowReplicationFactorChange
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.responses = responses
    }

    /// The outcome for a topic.
    public struct ReassignableTopicResponse: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [ReassignablePartitionResponse]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [ReassignablePartitionResponse] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct ReassignablePartitionResponse: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, errorCode: Int16 = 0, errorMessage: String? = nil) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension AlterPartitionReassignmentsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterPartitionReassignmentsResponse")
        writer.write(throttleTimeMs)
        if version >= 1 {
            writer.write(allowReplicationFactorChange)
        }
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(responses, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "AlterPartitionReassignmentsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        if version >= 1 { allowReplicationFactorChange = try reader.readBool() }
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        responses = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterPartitionReassignmentsResponse.ReassignableTopicResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(partitions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        partitions = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterPartitionReassignmentsResponse.ReassignablePartitionResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        try reader.skipTaggedFields()
    }
}

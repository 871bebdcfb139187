/// ListPartitionReassignments (API 46): lists partitions that are being moved (KIP-455). Version 0, flexible.
public struct ListPartitionReassignmentsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ListPartitionReassignmentsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .listPartitionReassignments }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// The topics; nil for all.
    public var topics: [ListPartitionReassignmentsTopics]?

    /// A request; fields left out have their defaults.
    public init(timeoutMs: Int32 = 60000, topics: [ListPartitionReassignmentsTopics]? = nil) {
        self.timeoutMs = timeoutMs
        self.topics = topics
    }

    /// A topic.
    public struct ListPartitionReassignmentsTopics: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitionIndexes: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionIndexes: [Int32] = []) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }
    }
}

extension ListPartitionReassignmentsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "ListPartitionReassignmentsRequest")
        writer.write(timeoutMs)
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "ListPartitionReassignmentsRequest")
        self.init()
        timeoutMs = try reader.read()
        topics = try reader.readNullableArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(partitionIndexes, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        partitionIndexes = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `ListPartitionReassignmentsRequest`.
public struct ListPartitionReassignmentsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The topics that have partitions under way.
    public var topics: [OngoingTopicReassignment]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        topics: [OngoingTopicReassignment] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.topics = topics
    }

    /// A topic.
    public struct OngoingTopicReassignment: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions under way.
        public var partitions: [OngoingPartitionReassignment]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OngoingPartitionReassignment] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition under way.
    public struct OngoingPartitionReassignment: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The brokers that hold it.
        public var replicas: [Int32]
        /// The brokers that are to hold it as well.
        public var addingReplicas: [Int32]
        /// The brokers that are to hold it no more.
        public var removingReplicas: [Int32]

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            replicas: [Int32] = [],
            addingReplicas: [Int32] = [],
            removingReplicas: [Int32] = []
        ) {
            self.partitionIndex = partitionIndex
            self.replicas = replicas
            self.addingReplicas = addingReplicas
            self.removingReplicas = removingReplicas
        }
    }
}

extension ListPartitionReassignmentsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "ListPartitionReassignmentsResponse")
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "ListPartitionReassignmentsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension ListPartitionReassignmentsResponse.OngoingTopicReassignment: MessageStructure {
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

extension ListPartitionReassignmentsResponse.OngoingPartitionReassignment: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        try writer.write(replicas, compact: true)
        try writer.write(addingReplicas, compact: true)
        try writer.write(removingReplicas, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        replicas = try reader.readArray(compact: true)
        addingReplicas = try reader.readArray(compact: true)
        removingReplicas = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

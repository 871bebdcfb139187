/// What a consumer sends to its group's leader when it joins: the topics it wants, what it owns and its assignor's
/// data. Travels as bytes in `JoinGroupRequest` with its version in front; see `encoded(version:)`.
public struct ConsumerProtocolSubscription: Equatable, Sendable {
    /// The topics.
    public var topics: [String]
    /// What the assignor adds for itself, or nil.
    public var userData: Bytes?
    /// The partitions that the member owns, for cooperative assignors. From version 1.
    public var ownedPartitions: [TopicPartition]
    /// The generation of the group, raised by each rebalance. From version 2.
    public var generationId: Int32
    /// The rack of the client. Version 3 only.
    public var rackId: String?

    /// Fields left out have their defaults.
    public init(
        topics: [String] = [],
        userData: Bytes? = nil,
        ownedPartitions: [TopicPartition] = [],
        generationId: Int32 = -1,
        rackId: String? = nil
    ) {
        self.topics = topics
        self.userData = userData
        self.ownedPartitions = ownedPartitions
        self.generationId = generationId
        self.rackId = rackId
    }

    /// Partitions of a topic.
    public struct TopicPartition: Equatable, Sendable {
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

extension ConsumerProtocolSubscription {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "ConsumerProtocolSubscription")
        try writer.write(topics, compact: false)
        try writer.write(userData, compact: false)
        if version >= 1 { try writer.write(ownedPartitions, compact: false, version: version) }
        if version >= 2 { writer.write(generationId) }
        if version >= 3 { try writer.write(rackId, compact: false) }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "ConsumerProtocolSubscription")
        self.init()
        topics = try reader.readArray(compact: false)
        userData = try reader.readNullableBytes(compact: false)
        if version >= 1 { ownedPartitions = try reader.readArray(compact: false, version: version) }
        if version >= 2 { generationId = try reader.read() }
        if version >= 3 { rackId = try reader.readNullableString(compact: false) }
    }
}

extension ConsumerProtocolSubscription.TopicPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(topic, compact: false)
        try writer.write(partitions, compact: false)
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        topic = try reader.readString(compact: false)
        partitions = try reader.readArray(compact: false)
    }
}

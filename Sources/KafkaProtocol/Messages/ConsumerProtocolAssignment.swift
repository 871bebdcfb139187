/// What the leader of a consumer group assigns to a member. Travels as bytes in `SyncGroupRequest` with its
/// version in front; see `encoded(version:)`.
public struct ConsumerProtocolAssignment: Equatable, Sendable {
    /// The partitions assigned, by topic.
    public var assignedPartitions: [TopicPartition]
    /// What the assignor adds for itself, or nil.
    public var userData: Bytes?

    /// Fields left out have their defaults.
    public init(assignedPartitions: [TopicPartition] = [], userData: Bytes? = nil) {
        self.assignedPartitions = assignedPartitions
        self.userData = userData
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

extension ConsumerProtocolAssignment {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "ConsumerProtocolAssignment")
        try writer.write(assignedPartitions, compact: false, version: version)
        try writer.write(userData, compact: false)
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "ConsumerProtocolAssignment")
        self.init()
        assignedPartitions = try reader.readArray(compact: false, version: version)
        userData = try reader.readNullableBytes(compact: false)
    }
}

extension ConsumerProtocolAssignment.TopicPartition: MessageStructure {
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

/// DescribeProducers (API 61): describes the producers of partitions (KIP-664). Version 0.
public struct DescribeProducersRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeProducersResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeProducers }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The topics.
    public var topics: [TopicRequest]

    /// A request; fields left out have their defaults.
    public init(topics: [TopicRequest] = []) {
        self.topics = topics
    }

    /// A topic asked for.
    public struct TopicRequest: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions' numbers.
        public var partitionIndexes: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionIndexes: [Int32] = []) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }
    }
}

extension DescribeProducersRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeProducersRequest")
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeProducersRequest")
        self.init()
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeProducersRequest.TopicRequest: MessageStructure {
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

/// The answer to `DescribeProducersRequest`.
public struct DescribeProducersResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [TopicResponse]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [TopicResponse] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// What there is of a topic.
    public struct TopicResponse: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [PartitionResponse]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [PartitionResponse] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// What there is of a partition.
    public struct PartitionResponse: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The producers with records in the partition.
        public var activeProducers: [ProducerState]

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            activeProducers: [ProducerState] = []
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.activeProducers = activeProducers
        }
    }

    /// A producer that has records in the partition.
    public struct ProducerState: Equatable, Sendable {
        /// The producer's id, given out by InitProducerId; -1 for none.
        public var producerId: Int64
        /// The epoch of the producer's id; an older one is fenced.
        public var producerEpoch: Int32
        /// The producer's last sequence number; -1 for none.
        public var lastSequence: Int32
        /// The timestamp of the producer's last record; -1 for none.
        public var lastTimestamp: Int64
        /// The epoch of the transaction coordinator that wrote the last marker.
        public var coordinatorEpoch: Int32
        /// The first offset of the open transaction; -1 for none.
        public var currentTxnStartOffset: Int64

        /// Fields left out have their defaults.
        public init(
            producerId: Int64 = 0,
            producerEpoch: Int32 = 0,
            lastSequence: Int32 = -1,
            lastTimestamp: Int64 = -1,
            coordinatorEpoch: Int32 = 0,
            currentTxnStartOffset: Int64 = -1
        ) {
            self.producerId = producerId
            self.producerEpoch = producerEpoch
            self.lastSequence = lastSequence
            self.lastTimestamp = lastTimestamp
            self.coordinatorEpoch = coordinatorEpoch
            self.currentTxnStartOffset = currentTxnStartOffset
        }
    }
}

extension DescribeProducersResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeProducersResponse")
        writer.write(throttleTimeMs)
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeProducersResponse")
        self.init()
        throttleTimeMs = try reader.read()
        topics = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeProducersResponse.TopicResponse: MessageStructure {
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

extension DescribeProducersResponse.PartitionResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(activeProducers, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        activeProducers = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeProducersResponse.ProducerState: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(producerId)
        writer.write(producerEpoch)
        writer.write(lastSequence)
        writer.write(lastTimestamp)
        writer.write(coordinatorEpoch)
        writer.write(currentTxnStartOffset)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        producerId = try reader.read()
        producerEpoch = try reader.read()
        lastSequence = try reader.read()
        lastTimestamp = try reader.read()
        coordinatorEpoch = try reader.read()
        currentTxnStartOffset = try reader.read()
        try reader.skipTaggedFields()
    }
}

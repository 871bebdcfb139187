/// DeleteRecords (API 21): deletes the records before an offset. Versions 0 to 2, flexible from version 2.
public struct DeleteRecordsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DeleteRecordsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .deleteRecords }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The topics.
    public var topics: [DeleteRecordsTopic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32

    /// A request; fields left out have their defaults.
    public init(topics: [DeleteRecordsTopic] = [], timeoutMs: Int32 = 0) {
        self.topics = topics
        self.timeoutMs = timeoutMs
    }

    /// A topic.
    public struct DeleteRecordsTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [DeleteRecordsPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [DeleteRecordsPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct DeleteRecordsPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// Records before this offset are deleted; -1 for all.
        public var offset: Int64

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, offset: Int64 = 0) {
            self.partitionIndex = partitionIndex
            self.offset = offset
        }
    }
}

extension DeleteRecordsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteRecordsRequest")
        let flexible = version >= 2
        try writer.write(topics, compact: flexible, version: version)
        writer.write(timeoutMs)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteRecordsRequest")
        let flexible = version >= 2
        self.init()
        topics = try reader.readArray(compact: flexible, version: version)
        timeoutMs = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteRecordsRequest.DeleteRecordsTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteRecordsRequest.DeleteRecordsPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(partitionIndex)
        writer.write(offset)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        partitionIndex = try reader.read()
        offset = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DeleteRecordsRequest`.
public struct DeleteRecordsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [DeleteRecordsTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, topics: [DeleteRecordsTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct DeleteRecordsTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [DeleteRecordsPartitionResult]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [DeleteRecordsPartitionResult] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct DeleteRecordsPartitionResult: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The first offset that is left; -1 on error.
        public var lowWatermark: Int64
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, lowWatermark: Int64 = 0, errorCode: Int16 = 0) {
            self.partitionIndex = partitionIndex
            self.lowWatermark = lowWatermark
            self.errorCode = errorCode
        }
    }
}

extension DeleteRecordsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteRecordsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteRecordsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteRecordsResponse.DeleteRecordsTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteRecordsResponse.DeleteRecordsPartitionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(partitionIndex)
        writer.write(lowWatermark)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        partitionIndex = try reader.read()
        lowWatermark = try reader.read()
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// OffsetDelete (API 47): deletes committed offsets of a group. Version 0.
public struct OffsetDeleteRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = OffsetDeleteResponse
    /// The number of the API.
    public static var apiKey: APIKey { .offsetDelete }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// No version is flexible.
    public static var flexibleSince: Int16? { nil }

    /// The consumer group's id.
    public var groupId: String
    /// The topics.
    public var topics: [OffsetDeleteRequestTopic]

    /// A request; fields left out have their defaults.
    public init(groupId: String = "", topics: [OffsetDeleteRequestTopic] = []) {
        self.groupId = groupId
        self.topics = topics
    }

    /// A topic.
    public struct OffsetDeleteRequestTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetDeleteRequestPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetDeleteRequestPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition.
    public struct OffsetDeleteRequestPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0) {
            self.partitionIndex = partitionIndex
        }
    }
}

extension OffsetDeleteRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "OffsetDeleteRequest")
        try writer.write(groupId, compact: false)
        try writer.write(topics, compact: false, version: version)
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "OffsetDeleteRequest")
        self.init()
        groupId = try reader.readString(compact: false)
        topics = try reader.readArray(compact: false, version: version)
    }
}

extension OffsetDeleteRequest.OffsetDeleteRequestTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: false)
        try writer.write(partitions, compact: false, version: version)
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: false)
        partitions = try reader.readArray(compact: false, version: version)
    }
}

extension OffsetDeleteRequest.OffsetDeleteRequestPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
    }
}

/// The answer to `OffsetDeleteRequest`.
public struct OffsetDeleteResponse: KafkaResponse, Equatable {
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The topics.
    public var topics: [OffsetDeleteResponseTopic]

    /// A response; fields left out have their defaults.
    public init(errorCode: Int16 = 0, throttleTimeMs: Int32 = 0, topics: [OffsetDeleteResponseTopic] = []) {
        self.errorCode = errorCode
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    /// The outcome for a topic.
    public struct OffsetDeleteResponseTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [OffsetDeleteResponsePartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [OffsetDeleteResponsePartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct OffsetDeleteResponsePartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, errorCode: Int16 = 0) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }
    }
}

extension OffsetDeleteResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "OffsetDeleteResponse")
        writer.write(errorCode)
        writer.write(throttleTimeMs)
        try writer.write(topics, compact: false, version: version)
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "OffsetDeleteResponse")
        self.init()
        errorCode = try reader.read()
        throttleTimeMs = try reader.read()
        topics = try reader.readArray(compact: false, version: version)
    }
}

extension OffsetDeleteResponse.OffsetDeleteResponseTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: false)
        try writer.write(partitions, compact: false, version: version)
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: false)
        partitions = try reader.readArray(compact: false, version: version)
    }
}

extension OffsetDeleteResponse.OffsetDeleteResponsePartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        writer.write(errorCode)
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
    }
}

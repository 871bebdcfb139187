/// DescribeLogDirs (API 35): tells the sizes of partitions on disk. Versions 0 to 4, flexible from version 2.
public struct DescribeLogDirsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeLogDirsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeLogDirs }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The partitions by topic; nil for all.
    public var topics: [DescribableLogDirTopic]?

    /// A request; fields left out have their defaults.
    public init(topics: [DescribableLogDirTopic]? = []) {
        self.topics = topics
    }

    /// The partitions of a topic.
    public struct DescribableLogDirTopic: Equatable, Sendable {
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

extension DescribeLogDirsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeLogDirsRequest")
        let flexible = version >= 2
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeLogDirsRequest")
        let flexible = version >= 2
        self.init()
        topics = try reader.readNullableArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeLogDirsRequest.DescribableLogDirTopic: MessageStructure {
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

/// The answer to `DescribeLogDirsRequest`.
public struct DescribeLogDirsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success. From version 3.
    public var errorCode: Int16
    /// The outcomes.
    public var results: [DescribeLogDirsResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0, results: [DescribeLogDirsResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.results = results
    }

    /// A log directory.
    public struct DescribeLogDirsResult: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The path of the log directory.
        public var logDir: String
        /// The topics.
        public var topics: [DescribeLogDirsTopic]
        /// The size of the volume in bytes; -1 if unknown. Version 4 only.
        public var totalBytes: Int64
        /// The free bytes of the volume; -1 if unknown. Version 4 only.
        public var usableBytes: Int64

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            logDir: String = "",
            topics: [DescribeLogDirsTopic] = [],
            totalBytes: Int64 = -1,
            usableBytes: Int64 = -1
        ) {
            self.errorCode = errorCode
            self.logDir = logDir
            self.topics = topics
            self.totalBytes = totalBytes
            self.usableBytes = usableBytes
        }
    }

    /// A topic in the directory.
    public struct DescribeLogDirsTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [DescribeLogDirsPartition]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [DescribeLogDirsPartition] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// A partition in the directory.
    public struct DescribeLogDirsPartition: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// The bytes in the log directory.
        public var partitionSize: Int64
        /// By how many offsets the log is behind.
        public var offsetLag: Int64
        /// Whether the log is on its way to another directory.
        public var isFutureKey: Bool

        /// Fields left out have their defaults.
        public init(
            partitionIndex: Int32 = 0,
            partitionSize: Int64 = 0,
            offsetLag: Int64 = 0,
            isFutureKey: Bool = false
        ) {
            self.partitionIndex = partitionIndex
            self.partitionSize = partitionSize
            self.offsetLag = offsetLag
            self.isFutureKey = isFutureKey
        }
    }
}

extension DescribeLogDirsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeLogDirsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        if version >= 3 { writer.write(errorCode) }
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "DescribeLogDirsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        if version >= 3 { errorCode = try reader.read() }
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeLogDirsResponse.DescribeLogDirsResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(logDir, compact: flexible)
        try writer.write(topics, compact: flexible, version: version)
        if version >= 4 { writer.write(totalBytes) }
        if version >= 4 { writer.write(usableBytes) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        logDir = try reader.readString(compact: flexible)
        topics = try reader.readArray(compact: flexible, version: version)
        if version >= 4 { totalBytes = try reader.read() }
        if version >= 4 { usableBytes = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeLogDirsResponse.DescribeLogDirsTopic: MessageStructure {
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

extension DescribeLogDirsResponse.DescribeLogDirsPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(partitionIndex)
        writer.write(partitionSize)
        writer.write(offsetLag)
        writer.write(isFutureKey)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        partitionIndex = try reader.read()
        partitionSize = try reader.read()
        offsetLag = try reader.read()
        isFutureKey = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

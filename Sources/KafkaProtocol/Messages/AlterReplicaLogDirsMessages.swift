/// AlterReplicaLogDirs (API 34): moves partitions to other directories of a broker. Versions 1 to 2, flexible from version 2.
public struct AlterReplicaLogDirsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AlterReplicaLogDirsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .alterReplicaLogDirs }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 1...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The directories.
    public var dirs: [AlterReplicaLogDir]

    /// A request; fields left out have their defaults.
    public init(dirs: [AlterReplicaLogDir] = []) {
        self.dirs = dirs
    }

    /// A directory.
    public struct AlterReplicaLogDir: Equatable, Sendable {
        /// The absolute path.
        public var path: String
        /// The topics to move there.
        public var topics: [AlterReplicaLogDirTopic]

        /// Fields left out have their defaults.
        public init(path: String = "", topics: [AlterReplicaLogDirTopic] = []) {
            self.path = path
            self.topics = topics
        }
    }

    /// A topic.
    public struct AlterReplicaLogDirTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [Int32] = []) {
            self.name = name
            self.partitions = partitions
        }
    }
}

extension AlterReplicaLogDirsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...2, of: "AlterReplicaLogDirsRequest")
        let flexible = version >= 2
        try writer.write(dirs, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...2, of: "AlterReplicaLogDirsRequest")
        let flexible = version >= 2
        self.init()
        dirs = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterReplicaLogDirsRequest.AlterReplicaLogDir: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(path, compact: flexible)
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        path = try reader.readString(compact: flexible)
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `AlterReplicaLogDirsRequest`.
public struct AlterReplicaLogDirsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes by topic.
    public var results: [AlterReplicaLogDirTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [AlterReplicaLogDirTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The outcome for a topic.
    public struct AlterReplicaLogDirTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var topicName: String
        /// The partitions.
        public var partitions: [AlterReplicaLogDirPartitionResult]

        /// Fields left out have their defaults.
        public init(topicName: String = "", partitions: [AlterReplicaLogDirPartitionResult] = []) {
            self.topicName = topicName
            self.partitions = partitions
        }
    }

    /// The outcome for a partition.
    public struct AlterReplicaLogDirPartitionResult: Equatable, Sendable {
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

extension AlterReplicaLogDirsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...2, of: "AlterReplicaLogDirsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...2, of: "AlterReplicaLogDirsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(topicName, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        topicName = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(partitionIndex)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

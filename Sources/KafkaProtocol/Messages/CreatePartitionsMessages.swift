/// CreatePartitions (API 37): raises the number of partitions of topics. Versions 0 to 3, flexible from version 2.
public struct CreatePartitionsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = CreatePartitionsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .createPartitions }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...3 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The topics.
    public var topics: [CreatePartitionsTopic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// Whether the request is checked only and changes nothing.
    public var validateOnly: Bool

    /// A request; fields left out have their defaults.
    public init(topics: [CreatePartitionsTopic] = [], timeoutMs: Int32 = 0, validateOnly: Bool = false) {
        self.topics = topics
        self.timeoutMs = timeoutMs
        self.validateOnly = validateOnly
    }

    /// A topic.
    public struct CreatePartitionsTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The new number of partitions.
        public var count: Int32
        /// The replicas of each new partition; nil to let the broker choose.
        public var assignments: [CreatePartitionsAssignment]?

        /// Fields left out have their defaults.
        public init(name: String = "", count: Int32 = 0, assignments: [CreatePartitionsAssignment]? = []) {
            self.name = name
            self.count = count
            self.assignments = assignments
        }
    }

    /// The replicas of a new partition.
    public struct CreatePartitionsAssignment: Equatable, Sendable {
        /// The brokers of the replicas, the preferred leader first.
        public var brokerIds: [Int32]

        /// Fields left out have their defaults.
        public init(brokerIds: [Int32] = []) {
            self.brokerIds = brokerIds
        }
    }
}

extension CreatePartitionsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "CreatePartitionsRequest")
        let flexible = version >= 2
        try writer.write(topics, compact: flexible, version: version)
        writer.write(timeoutMs)
        writer.write(validateOnly)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "CreatePartitionsRequest")
        let flexible = version >= 2
        self.init()
        topics = try reader.readArray(compact: flexible, version: version)
        timeoutMs = try reader.read()
        validateOnly = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreatePartitionsRequest.CreatePartitionsTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        writer.write(count)
        try writer.write(assignments, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        count = try reader.read()
        assignments = try reader.readNullableArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreatePartitionsRequest.CreatePartitionsAssignment: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(brokerIds, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        brokerIds = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `CreatePartitionsRequest`.
public struct CreatePartitionsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var results: [CreatePartitionsTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [CreatePartitionsTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The outcome for a topic.
    public struct CreatePartitionsTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(name: String = "", errorCode: Int16 = 0, errorMessage: String? = nil) {
            self.name = name
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension CreatePartitionsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "CreatePartitionsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...3, of: "CreatePartitionsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreatePartitionsResponse.CreatePartitionsTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(name, compact: flexible)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        name = try reader.readString(compact: flexible)
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

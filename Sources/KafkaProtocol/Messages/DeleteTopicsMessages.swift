/// DeleteTopics (API 20): deletes topics. Versions 0 to 6, flexible from version 4.
public struct DeleteTopicsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DeleteTopicsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .deleteTopics }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...6 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 4 }

    /// The topics. Version 6 only.
    public var topics: [DeleteTopicState]
    /// The names of the topics. Up to version 5.
    public var topicNames: [String]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32

    /// A request; fields left out have their defaults.
    public init(topics: [DeleteTopicState] = [], topicNames: [String] = [], timeoutMs: Int32 = 0) {
        self.topics = topics
        self.topicNames = topicNames
        self.timeoutMs = timeoutMs
    }

    /// A topic to delete, by name or by id.
    public struct DeleteTopicState: Equatable, Sendable {
        /// The topic's name.
        public var name: String?
        /// The topic's unique id.
        public var topicId: KafkaUUID

        /// Fields left out have their defaults.
        public init(name: String? = nil, topicId: KafkaUUID = .zero) {
            self.name = name
            self.topicId = topicId
        }
    }
}

extension DeleteTopicsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DeleteTopicsRequest")
        let flexible = version >= 4
        if version >= 6 {
            try writer.write(topics, compact: flexible, version: version)
        } else if !topics.isEmpty {
            throw KafkaProtocolError.noField("DeleteTopicsRequest.topics", version)
        }
        if version <= 5 { try writer.write(topicNames, compact: flexible) }
        writer.write(timeoutMs)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DeleteTopicsRequest")
        let flexible = version >= 4
        self.init()
        if version >= 6 { topics = try reader.readArray(compact: flexible, version: version) }
        if version <= 5 { topicNames = try reader.readArray(compact: flexible) }
        timeoutMs = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteTopicsRequest.DeleteTopicState: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.write(topicId)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readNullableString(compact: true)
        topicId = try reader.readUUID()
        try reader.skipTaggedFields()
    }
}

/// The answer to `DeleteTopicsRequest`.
public struct DeleteTopicsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var responses: [DeletableTopicResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, responses: [DeletableTopicResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.responses = responses
    }

    /// The outcome for a topic.
    public struct DeletableTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String?
        /// The topic's unique id. Version 6 only.
        public var topicId: KafkaUUID
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil. From version 5.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(
            name: String? = "",
            topicId: KafkaUUID = .zero,
            errorCode: Int16 = 0,
            errorMessage: String? = nil
        ) {
            self.name = name
            self.topicId = topicId
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension DeleteTopicsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DeleteTopicsResponse")
        let flexible = version >= 4
        if version >= 1 { writer.write(throttleTimeMs) }
        try writer.write(responses, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DeleteTopicsResponse")
        let flexible = version >= 4
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        responses = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteTopicsResponse.DeletableTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        guard name != nil || version >= 6 else {
            throw KafkaProtocolError.noNull("DeleteTopicsResponse.DeletableTopicResult.name", version)
        }
        try writer.write(name, compact: flexible)
        if version >= 6 { writer.write(topicId) }
        writer.write(errorCode)
        if version >= 5 { try writer.write(errorMessage, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        name = try reader.readNullableString(compact: flexible)
        guard name != nil || version >= 6 else {
            throw KafkaProtocolError.noNull("DeleteTopicsResponse.DeletableTopicResult.name", version)
        }
        if version >= 6 { topicId = try reader.readUUID() }
        errorCode = try reader.read()
        if version >= 5 { errorMessage = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

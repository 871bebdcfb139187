/// FindCoordinator (API 10): finds the coordinator of groups or transactional ids. Versions 0 to 6, flexible from
/// version 3.
public struct FindCoordinatorRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = FindCoordinatorResponse
    /// The number of the API.
    public static var apiKey: APIKey { .findCoordinator }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...6 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The group id or transactional id. Up to version 3.
    public var key: String
    /// The kind of key: 0 group, 1 transaction. From version 1.
    public var keyType: Int8
    /// The group ids or transactional ids. From version 4.
    public var coordinatorKeys: [String]

    /// A request; fields left out have their defaults.
    public init(key: String = "", keyType: Int8 = 0, coordinatorKeys: [String] = []) {
        self.key = key
        self.keyType = keyType
        self.coordinatorKeys = coordinatorKeys
    }
}

extension FindCoordinatorRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "FindCoordinatorRequest")
        let flexible = version >= 3
        if version <= 3 {
            try writer.write(key, compact: flexible)
        } else if !key.isEmpty {
            throw KafkaProtocolError.noField("FindCoordinatorRequest.key", version)
        }
        if version >= 1 {
            writer.write(keyType)
        } else if keyType != 0 {
            throw KafkaProtocolError.noField("FindCoordinatorRequest.keyType", version)
        }
        if version >= 4 {
            try writer.write(coordinatorKeys, compact: flexible)
        } else if !coordinatorKeys.isEmpty {
            throw KafkaProtocolError.noField("FindCoordinatorRequest.coordinatorKeys", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "FindCoordinatorRequest")
        let flexible = version >= 3
        self.init()
        if version <= 3 { key = try reader.readString(compact: flexible) }
        if version >= 1 { keyType = try reader.read() }
        if version >= 4 { coordinatorKeys = try reader.readArray(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `FindCoordinatorRequest`.
public struct FindCoordinatorResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success. Up to version 3.
    public var errorCode: Int16
    /// The error in words, or nil. Versions 1 to 3.
    public var errorMessage: String?
    /// The broker's id. Up to version 3.
    public var nodeId: Int32
    /// The host name. Up to version 3.
    public var host: String
    /// The port. Up to version 3.
    public var port: Int32
    /// The coordinators found. From version 4.
    public var coordinators: [Coordinator]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = "",
        nodeId: Int32 = 0,
        host: String = "",
        port: Int32 = 0,
        coordinators: [Coordinator] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.nodeId = nodeId
        self.host = host
        self.port = port
        self.coordinators = coordinators
    }

    /// A coordinator.
    public struct Coordinator: Equatable, Sendable {
        /// The group id or transactional id.
        public var key: String
        /// The broker's id.
        public var nodeId: Int32
        /// The host name.
        public var host: String
        /// The port.
        public var port: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(
            key: String = "",
            nodeId: Int32 = 0,
            host: String = "",
            port: Int32 = 0,
            errorCode: Int16 = 0,
            errorMessage: String? = ""
        ) {
            self.key = key
            self.nodeId = nodeId
            self.host = host
            self.port = port
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension FindCoordinatorResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "FindCoordinatorResponse")
        let flexible = version >= 3
        if version >= 1 { writer.write(throttleTimeMs) }
        if version <= 3 {
            writer.write(errorCode)
        } else if errorCode != 0 {
            throw KafkaProtocolError.noField("FindCoordinatorResponse.errorCode", version)
        }
        if (1...3).contains(version) { try writer.write(errorMessage, compact: flexible) }
        if version <= 3 {
            writer.write(nodeId)
        } else if nodeId != 0 {
            throw KafkaProtocolError.noField("FindCoordinatorResponse.nodeId", version)
        }
        if version <= 3 {
            try writer.write(host, compact: flexible)
        } else if !host.isEmpty {
            throw KafkaProtocolError.noField("FindCoordinatorResponse.host", version)
        }
        if version <= 3 {
            writer.write(port)
        } else if port != 0 {
            throw KafkaProtocolError.noField("FindCoordinatorResponse.port", version)
        }
        if version >= 4 {
            try writer.write(coordinators, compact: flexible, version: version)
        } else if !coordinators.isEmpty {
            throw KafkaProtocolError.noField("FindCoordinatorResponse.coordinators", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "FindCoordinatorResponse")
        let flexible = version >= 3
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        if version <= 3 { errorCode = try reader.read() }
        if (1...3).contains(version) { errorMessage = try reader.readNullableString(compact: flexible) }
        if version <= 3 { nodeId = try reader.read() }
        // librdkafka's mock cluster has none beside an error.
        if version <= 3 { host = try reader.readNullableString(compact: flexible) ?? "" }
        if version <= 3 { port = try reader.read() }
        if version >= 4 { coordinators = try reader.readArray(compact: flexible, version: version) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension FindCoordinatorResponse.Coordinator: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(key, compact: true)
        writer.write(nodeId)
        try writer.write(host, compact: true)
        writer.write(port)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        key = try reader.readString(compact: true)
        nodeId = try reader.read()
        host = try reader.readNullableString(compact: true) ?? ""
        port = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        try reader.skipTaggedFields()
    }
}

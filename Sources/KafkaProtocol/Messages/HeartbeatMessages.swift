/// Heartbeat (API 12): keeps a group's member alive and tells it of rebalances. Versions 0 to 4, flexible from
/// version 4.
public struct HeartbeatRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = HeartbeatResponse
    /// The number of the API.
    public static var apiKey: APIKey { .heartbeat }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 4 }

    /// The consumer group's id.
    public var groupId: String
    /// The generation of the group, raised by each rebalance.
    public var generationId: Int32
    /// The id that the group coordinator gave the member.
    public var memberId: String
    /// The id of a static member (KIP-345), or nil. From version 3.
    public var groupInstanceId: String?

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        generationId: Int32 = 0,
        memberId: String = "",
        groupInstanceId: String? = nil
    ) {
        self.groupId = groupId
        self.generationId = generationId
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
    }
}

extension HeartbeatRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "HeartbeatRequest")
        let flexible = version >= 4
        try writer.write(groupId, compact: flexible)
        writer.write(generationId)
        try writer.write(memberId, compact: flexible)
        if version >= 3 {
            try writer.write(groupInstanceId, compact: flexible)
        } else if groupInstanceId != nil {
            throw KafkaProtocolError.noField("HeartbeatRequest.groupInstanceId", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "HeartbeatRequest")
        let flexible = version >= 4
        self.init()
        groupId = try reader.readString(compact: flexible)
        generationId = try reader.read()
        memberId = try reader.readString(compact: flexible)
        if version >= 3 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `HeartbeatRequest`.
public struct HeartbeatResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
    }
}

extension HeartbeatResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "HeartbeatResponse")
        let flexible = version >= 4
        if version >= 1 { writer.write(throttleTimeMs) }
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "HeartbeatResponse")
        let flexible = version >= 4
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

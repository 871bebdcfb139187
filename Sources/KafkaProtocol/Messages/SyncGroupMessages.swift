/// SyncGroup (API 14): hands out the assignments, the second half of a rebalance. Versions 0 to 5, flexible from
/// version 4.
public struct SyncGroupRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = SyncGroupResponse
    /// The number of the API.
    public static var apiKey: APIKey { .syncGroup }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
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
    /// The kind of group protocol; consumers use `consumer`. Version 5 only.
    public var protocolType: String?
    /// The protocol (assignor) that the coordinator chose. Version 5 only.
    public var protocolName: String?
    /// The assignments by member, from the leader; empty from the others.
    public var assignments: [SyncGroupRequestAssignment]

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        generationId: Int32 = 0,
        memberId: String = "",
        groupInstanceId: String? = nil,
        protocolType: String? = nil,
        protocolName: String? = nil,
        assignments: [SyncGroupRequestAssignment] = []
    ) {
        self.groupId = groupId
        self.generationId = generationId
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }

    /// A member's assignment.
    public struct SyncGroupRequestAssignment: Equatable, Sendable {
        /// The id that the group coordinator gave the member.
        public var memberId: String
        /// The member's assignment, for consumers a `ConsumerProtocolAssignment` with its version in front.
        public var assignment: Bytes

        /// Fields left out have their defaults.
        public init(memberId: String = "", assignment: Bytes = Bytes()) {
            self.memberId = memberId
            self.assignment = assignment
        }
    }
}

extension SyncGroupRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "SyncGroupRequest")
        let flexible = version >= 4
        try writer.write(groupId, compact: flexible)
        writer.write(generationId)
        try writer.write(memberId, compact: flexible)
        if version >= 3 {
            try writer.write(groupInstanceId, compact: flexible)
        } else if groupInstanceId != nil {
            throw KafkaProtocolError.noField("SyncGroupRequest.groupInstanceId", version)
        }
        if version >= 5 { try writer.write(protocolType, compact: flexible) }
        if version >= 5 { try writer.write(protocolName, compact: flexible) }
        try writer.write(assignments, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "SyncGroupRequest")
        let flexible = version >= 4
        self.init()
        groupId = try reader.readString(compact: flexible)
        generationId = try reader.read()
        memberId = try reader.readString(compact: flexible)
        if version >= 3 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        if version >= 5 { protocolType = try reader.readNullableString(compact: flexible) }
        if version >= 5 { protocolName = try reader.readNullableString(compact: flexible) }
        assignments = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension SyncGroupRequest.SyncGroupRequestAssignment: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(memberId, compact: flexible)
        try writer.write(assignment, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        memberId = try reader.readString(compact: flexible)
        assignment = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `SyncGroupRequest`.
public struct SyncGroupResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The kind of group protocol; consumers use `consumer`. Version 5 only.
    public var protocolType: String?
    /// The protocol (assignor) that the coordinator chose. Version 5 only.
    public var protocolName: String?
    /// The member's assignment, for consumers a `ConsumerProtocolAssignment` with its version in front.
    public var assignment: Bytes

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        protocolType: String? = nil,
        protocolName: String? = nil,
        assignment: Bytes = Bytes()
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }
}

extension SyncGroupResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "SyncGroupResponse")
        let flexible = version >= 4
        if version >= 1 { writer.write(throttleTimeMs) }
        writer.write(errorCode)
        if version >= 5 { try writer.write(protocolType, compact: flexible) }
        if version >= 5 { try writer.write(protocolName, compact: flexible) }
        try writer.write(assignment, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "SyncGroupResponse")
        let flexible = version >= 4
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        errorCode = try reader.read()
        if version >= 5 { protocolType = try reader.readNullableString(compact: flexible) }
        if version >= 5 { protocolName = try reader.readNullableString(compact: flexible) }
        assignment = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// JoinGroup (API 11): joins a consumer group, the first half of a rebalance. Versions 0 to 9, flexible from version
/// 6.
public struct JoinGroupRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = JoinGroupResponse
    /// The number of the API.
    public static var apiKey: APIKey { .joinGroup }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...9 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 6 }

    /// The consumer group's id.
    public var groupId: String
    /// After how many milliseconds without a heartbeat the member is removed.
    public var sessionTimeoutMs: Int32
    /// How long the coordinator waits for members to rejoin, in milliseconds; -1 if not given. From version 1.
    public var rebalanceTimeoutMs: Int32
    /// The id that the group coordinator gave the member.
    public var memberId: String
    /// The id of a static member (KIP-345), or nil. From version 5.
    public var groupInstanceId: String?
    /// The kind of group protocol; consumers use `consumer`.
    public var protocolType: String
    /// The protocols (assignors) that the member supports, the preferred first.
    public var protocols: [JoinGroupRequestProtocol]
    /// Why, for the broker's log, or nil (KIP-800). From version 8.
    public var reason: String?

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        sessionTimeoutMs: Int32 = 0,
        rebalanceTimeoutMs: Int32 = -1,
        memberId: String = "",
        groupInstanceId: String? = nil,
        protocolType: String = "",
        protocols: [JoinGroupRequestProtocol] = [],
        reason: String? = nil
    ) {
        self.groupId = groupId
        self.sessionTimeoutMs = sessionTimeoutMs
        self.rebalanceTimeoutMs = rebalanceTimeoutMs
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
        self.protocolType = protocolType
        self.protocols = protocols
        self.reason = reason
    }

    /// A protocol (assignor) that the member supports.
    public struct JoinGroupRequestProtocol: Equatable, Sendable {
        /// The protocol's (assignor's) name.
        public var name: String
        /// The protocol's data, for consumers a `ConsumerProtocolSubscription` with its version in front.
        public var metadata: Bytes

        /// Fields left out have their defaults.
        public init(name: String = "", metadata: Bytes = Bytes()) {
            self.name = name
            self.metadata = metadata
        }
    }
}

extension JoinGroupRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "JoinGroupRequest")
        let flexible = version >= 6
        try writer.write(groupId, compact: flexible)
        writer.write(sessionTimeoutMs)
        if version >= 1 { writer.write(rebalanceTimeoutMs) }
        try writer.write(memberId, compact: flexible)
        if version >= 5 {
            try writer.write(groupInstanceId, compact: flexible)
        } else if groupInstanceId != nil {
            throw KafkaProtocolError.noField("JoinGroupRequest.groupInstanceId", version)
        }
        try writer.write(protocolType, compact: flexible)
        try writer.write(protocols, compact: flexible, version: version)
        if version >= 8 { try writer.write(reason, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "JoinGroupRequest")
        let flexible = version >= 6
        self.init()
        groupId = try reader.readString(compact: flexible)
        sessionTimeoutMs = try reader.read()
        if version >= 1 { rebalanceTimeoutMs = try reader.read() }
        memberId = try reader.readString(compact: flexible)
        if version >= 5 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        protocolType = try reader.readString(compact: flexible)
        protocols = try reader.readArray(compact: flexible, version: version)
        if version >= 8 { reason = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension JoinGroupRequest.JoinGroupRequestProtocol: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        try writer.write(name, compact: flexible)
        try writer.write(metadata, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        name = try reader.readString(compact: flexible)
        metadata = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `JoinGroupRequest`.
public struct JoinGroupResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 2.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The generation of the group, raised by each rebalance.
    public var generationId: Int32
    /// The kind of group protocol; consumers use `consumer`. From version 7.
    public var protocolType: String?
    /// The protocol (assignor) that the coordinator chose.
    public var protocolName: String?
    /// The member id of the group's leader.
    public var leader: String
    /// Whether the leader need not compute assignments (KIP-814). Version 9 only.
    public var skipAssignment: Bool
    /// The id that the group coordinator gave the member.
    public var memberId: String
    /// The members.
    public var members: [JoinGroupResponseMember]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        generationId: Int32 = -1,
        protocolType: String? = nil,
        protocolName: String? = "",
        leader: String = "",
        skipAssignment: Bool = false,
        memberId: String = "",
        members: [JoinGroupResponseMember] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.generationId = generationId
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leader = leader
        self.skipAssignment = skipAssignment
        self.memberId = memberId
        self.members = members
    }

    /// A member of the group.
    public struct JoinGroupResponseMember: Equatable, Sendable {
        /// The id that the group coordinator gave the member.
        public var memberId: String
        /// The id of a static member (KIP-345), or nil. From version 5.
        public var groupInstanceId: String?
        /// The member's data for the chosen protocol, for consumers a `ConsumerProtocolSubscription`.
        public var metadata: Bytes

        /// Fields left out have their defaults.
        public init(memberId: String = "", groupInstanceId: String? = nil, metadata: Bytes = Bytes()) {
            self.memberId = memberId
            self.groupInstanceId = groupInstanceId
            self.metadata = metadata
        }
    }
}

extension JoinGroupResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "JoinGroupResponse")
        let flexible = version >= 6
        if version >= 2 { writer.write(throttleTimeMs) }
        writer.write(errorCode)
        writer.write(generationId)
        if version >= 7 { try writer.write(protocolType, compact: flexible) }
        guard protocolName != nil || version >= 7 else {
            throw KafkaProtocolError.noNull("JoinGroupResponse.protocolName", version)
        }
        try writer.write(protocolName, compact: flexible)
        try writer.write(leader, compact: flexible)
        if version >= 9 {
            writer.write(skipAssignment)
        } else if skipAssignment {
            throw KafkaProtocolError.noField("JoinGroupResponse.skipAssignment", version)
        }
        try writer.write(memberId, compact: flexible)
        try writer.write(members, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "JoinGroupResponse")
        let flexible = version >= 6
        self.init()
        if version >= 2 { throttleTimeMs = try reader.read() }
        errorCode = try reader.read()
        generationId = try reader.read()
        if version >= 7 { protocolType = try reader.readNullableString(compact: flexible) }
        protocolName = try reader.readNullableString(compact: flexible)
        guard protocolName != nil || version >= 7 else {
            throw KafkaProtocolError.noNull("JoinGroupResponse.protocolName", version)
        }
        leader = try reader.readString(compact: flexible)
        if version >= 9 { skipAssignment = try reader.readBool() }
        memberId = try reader.readString(compact: flexible)
        members = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension JoinGroupResponse.JoinGroupResponseMember: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        try writer.write(memberId, compact: flexible)
        if version >= 5 { try writer.write(groupInstanceId, compact: flexible) }
        try writer.write(metadata, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        memberId = try reader.readString(compact: flexible)
        if version >= 5 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        metadata = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// LeaveGroup (API 13): removes members from a group. Versions 0 to 5, flexible from version 4.
public struct LeaveGroupRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = LeaveGroupResponse
    /// The number of the API.
    public static var apiKey: APIKey { .leaveGroup }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 4 }

    /// The consumer group's id.
    public var groupId: String
    /// The id that the group coordinator gave the member. Up to version 2.
    public var memberId: String
    /// The members. From version 3.
    public var members: [MemberIdentity]

    /// A request; fields left out have their defaults.
    public init(groupId: String = "", memberId: String = "", members: [MemberIdentity] = []) {
        self.groupId = groupId
        self.memberId = memberId
        self.members = members
    }

    /// A member that leaves.
    public struct MemberIdentity: Equatable, Sendable {
        /// The id that the group coordinator gave the member.
        public var memberId: String
        /// The id of a static member (KIP-345), or nil.
        public var groupInstanceId: String?
        /// Why, for the broker's log, or nil (KIP-800). Version 5 only.
        public var reason: String?

        /// Fields left out have their defaults.
        public init(memberId: String = "", groupInstanceId: String? = nil, reason: String? = nil) {
            self.memberId = memberId
            self.groupInstanceId = groupInstanceId
            self.reason = reason
        }
    }
}

extension LeaveGroupRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "LeaveGroupRequest")
        let flexible = version >= 4
        try writer.write(groupId, compact: flexible)
        if version <= 2 {
            try writer.write(memberId, compact: flexible)
        } else if !memberId.isEmpty {
            throw KafkaProtocolError.noField("LeaveGroupRequest.memberId", version)
        }
        if version >= 3 {
            try writer.write(members, compact: flexible, version: version)
        } else if !members.isEmpty {
            throw KafkaProtocolError.noField("LeaveGroupRequest.members", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "LeaveGroupRequest")
        let flexible = version >= 4
        self.init()
        groupId = try reader.readString(compact: flexible)
        if version <= 2 { memberId = try reader.readString(compact: flexible) }
        if version >= 3 { members = try reader.readArray(compact: flexible, version: version) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension LeaveGroupRequest.MemberIdentity: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(memberId, compact: flexible)
        try writer.write(groupInstanceId, compact: flexible)
        if version >= 5 { try writer.write(reason, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        memberId = try reader.readString(compact: flexible)
        groupInstanceId = try reader.readNullableString(compact: flexible)
        if version >= 5 { reason = try reader.readNullableString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `LeaveGroupRequest`.
public struct LeaveGroupResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The members. From version 3.
    public var members: [MemberResponse]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0, members: [MemberResponse] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.members = members
    }

    /// The outcome for a member.
    public struct MemberResponse: Equatable, Sendable {
        /// The id that the group coordinator gave the member.
        public var memberId: String
        /// The id of a static member (KIP-345), or nil.
        public var groupInstanceId: String?
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(memberId: String = "", groupInstanceId: String? = "", errorCode: Int16 = 0) {
            self.memberId = memberId
            self.groupInstanceId = groupInstanceId
            self.errorCode = errorCode
        }
    }
}

extension LeaveGroupResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "LeaveGroupResponse")
        let flexible = version >= 4
        if version >= 1 { writer.write(throttleTimeMs) }
        writer.write(errorCode)
        if version >= 3 {
            try writer.write(members, compact: flexible, version: version)
        } else if !members.isEmpty {
            throw KafkaProtocolError.noField("LeaveGroupResponse.members", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "LeaveGroupResponse")
        let flexible = version >= 4
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        errorCode = try reader.read()
        if version >= 3 { members = try reader.readArray(compact: flexible, version: version) }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension LeaveGroupResponse.MemberResponse: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 4
        try writer.write(memberId, compact: flexible)
        try writer.write(groupInstanceId, compact: flexible)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 4
        self.init()
        memberId = try reader.readString(compact: flexible)
        groupInstanceId = try reader.readNullableString(compact: flexible)
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// DescribeGroups (API 15): describes consumer groups and their members. Versions 0 to 6, flexible from version 5.
public struct DescribeGroupsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeGroupsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeGroups }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...6 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 5 }

    /// The groups.
    public var groups: [String]
    /// Whether to tell the operations allowed on the groups. From version 3.
    public var includeAuthorizedOperations: Bool

    /// A request; fields left out have their defaults.
    public init(groups: [String] = [], includeAuthorizedOperations: Bool = false) {
        self.groups = groups
        self.includeAuthorizedOperations = includeAuthorizedOperations
    }
}

extension DescribeGroupsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DescribeGroupsRequest")
        let flexible = version >= 5
        try writer.write(groups, compact: flexible)
        if version >= 3 {
            writer.write(includeAuthorizedOperations)
        } else if includeAuthorizedOperations {
            throw KafkaProtocolError.noField("DescribeGroupsRequest.includeAuthorizedOperations", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DescribeGroupsRequest")
        let flexible = version >= 5
        self.init()
        groups = try reader.readArray(compact: flexible)
        if version >= 3 { includeAuthorizedOperations = try reader.readBool() }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DescribeGroupsRequest`.
public struct DescribeGroupsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// The groups.
    public var groups: [DescribedGroup]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, groups: [DescribedGroup] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.groups = groups
    }

    /// A group.
    public struct DescribedGroup: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil. Version 6 only.
        public var errorMessage: String?
        /// The consumer group's id.
        public var groupId: String
        /// The state of the group in words, such as `Stable`.
        public var groupState: String
        /// The kind of group protocol; consumers use `consumer`.
        public var protocolType: String
        /// The name of the assignor in use.
        public var protocolData: String
        /// The members.
        public var members: [DescribedGroupMember]
        /// A bit set of the operations allowed on the group; the smallest Int32 if not asked for. From version 3.
        public var authorizedOperations: Int32

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            groupId: String = "",
            groupState: String = "",
            protocolType: String = "",
            protocolData: String = "",
            members: [DescribedGroupMember] = [],
            authorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.groupId = groupId
            self.groupState = groupState
            self.protocolType = protocolType
            self.protocolData = protocolData
            self.members = members
            self.authorizedOperations = authorizedOperations
        }
    }

    /// A member of a group.
    public struct DescribedGroupMember: Equatable, Sendable {
        /// The id that the group coordinator gave the member.
        public var memberId: String
        /// The id of a static member (KIP-345), or nil. From version 4.
        public var groupInstanceId: String?
        /// The client's name for itself, or nil.
        public var clientId: String
        /// The member's host.
        public var clientHost: String
        /// What the member joined with for the chosen protocol.
        public var memberMetadata: Bytes
        /// What the member is assigned.
        public var memberAssignment: Bytes

        /// Fields left out have their defaults.
        public init(
            memberId: String = "",
            groupInstanceId: String? = nil,
            clientId: String = "",
            clientHost: String = "",
            memberMetadata: Bytes = Bytes(),
            memberAssignment: Bytes = Bytes()
        ) {
            self.memberId = memberId
            self.groupInstanceId = groupInstanceId
            self.clientId = clientId
            self.clientHost = clientHost
            self.memberMetadata = memberMetadata
            self.memberAssignment = memberAssignment
        }
    }
}

extension DescribeGroupsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DescribeGroupsResponse")
        let flexible = version >= 5
        if version >= 1 { writer.write(throttleTimeMs) }
        try writer.write(groups, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...6, of: "DescribeGroupsResponse")
        let flexible = version >= 5
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        groups = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeGroupsResponse.DescribedGroup: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        writer.write(errorCode)
        if version >= 6 {
            try writer.write(errorMessage, compact: flexible)
        } else if errorMessage != nil {
            throw KafkaProtocolError.noField("DescribeGroupsResponse.DescribedGroup.errorMessage", version)
        }
        try writer.write(groupId, compact: flexible)
        try writer.write(groupState, compact: flexible)
        try writer.write(protocolType, compact: flexible)
        try writer.write(protocolData, compact: flexible)
        try writer.write(members, compact: flexible, version: version)
        if version >= 3 {
            writer.write(authorizedOperations)
        } else if authorizedOperations != .min {
            throw KafkaProtocolError.noField("DescribeGroupsResponse.DescribedGroup.authorizedOperations", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        errorCode = try reader.read()
        if version >= 6 { errorMessage = try reader.readNullableString(compact: flexible) }
        groupId = try reader.readString(compact: flexible)
        groupState = try reader.readString(compact: flexible)
        protocolType = try reader.readString(compact: flexible)
        protocolData = try reader.readString(compact: flexible)
        members = try reader.readArray(compact: flexible, version: version)
        if version >= 3 { authorizedOperations = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeGroupsResponse.DescribedGroupMember: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 5
        try writer.write(memberId, compact: flexible)
        if version >= 4 { try writer.write(groupInstanceId, compact: flexible) }
        try writer.write(clientId, compact: flexible)
        try writer.write(clientHost, compact: flexible)
        try writer.write(memberMetadata, compact: flexible)
        try writer.write(memberAssignment, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 5
        self.init()
        memberId = try reader.readString(compact: flexible)
        if version >= 4 { groupInstanceId = try reader.readNullableString(compact: flexible) }
        clientId = try reader.readString(compact: flexible)
        clientHost = try reader.readString(compact: flexible)
        memberMetadata = try reader.readBytes(compact: flexible)
        memberAssignment = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

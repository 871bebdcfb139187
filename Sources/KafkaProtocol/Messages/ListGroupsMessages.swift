/// ListGroups (API 16): lists the groups of a broker. Versions 0 to 5, flexible from version 3.
public struct ListGroupsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ListGroupsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .listGroups }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The states to list; empty for all. From version 4.
    public var statesFilter: [String]
    /// The types to list; empty for all. Version 5 only.
    public var typesFilter: [String]

    /// A request; fields left out have their defaults.
    public init(statesFilter: [String] = [], typesFilter: [String] = []) {
        self.statesFilter = statesFilter
        self.typesFilter = typesFilter
    }
}

extension ListGroupsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "ListGroupsRequest")
        let flexible = version >= 3
        if version >= 4 {
            try writer.write(statesFilter, compact: flexible)
        } else if !statesFilter.isEmpty {
            throw KafkaProtocolError.noField("ListGroupsRequest.statesFilter", version)
        }
        if version >= 5 {
            try writer.write(typesFilter, compact: flexible)
        } else if !typesFilter.isEmpty {
            throw KafkaProtocolError.noField("ListGroupsRequest.typesFilter", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "ListGroupsRequest")
        let flexible = version >= 3
        self.init()
        if version >= 4 { statesFilter = try reader.readArray(compact: flexible) }
        if version >= 5 { typesFilter = try reader.readArray(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `ListGroupsRequest`.
public struct ListGroupsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The groups.
    public var groups: [ListedGroup]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0, groups: [ListedGroup] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.groups = groups
    }

    /// A group.
    public struct ListedGroup: Equatable, Sendable {
        /// The consumer group's id.
        public var groupId: String
        /// The kind of group protocol; consumers use `consumer`.
        public var protocolType: String
        /// The state of the group in words, such as `Stable`. From version 4.
        public var groupState: String
        /// The type of the group: `classic` or `consumer`. Version 5 only.
        public var groupType: String

        /// Fields left out have their defaults.
        public init(
            groupId: String = "",
            protocolType: String = "",
            groupState: String = "",
            groupType: String = ""
        ) {
            self.groupId = groupId
            self.protocolType = protocolType
            self.groupState = groupState
            self.groupType = groupType
        }
    }
}

extension ListGroupsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "ListGroupsResponse")
        let flexible = version >= 3
        if version >= 1 { writer.write(throttleTimeMs) }
        writer.write(errorCode)
        try writer.write(groups, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "ListGroupsResponse")
        let flexible = version >= 3
        self.init()
        if version >= 1 { throttleTimeMs = try reader.read() }
        errorCode = try reader.read()
        groups = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ListGroupsResponse.ListedGroup: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        try writer.write(groupId, compact: flexible)
        try writer.write(protocolType, compact: flexible)
        if version >= 4 { try writer.write(groupState, compact: flexible) }
        if version >= 5 { try writer.write(groupType, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        groupId = try reader.readString(compact: flexible)
        protocolType = try reader.readString(compact: flexible)
        if version >= 4 { groupState = try reader.readString(compact: flexible) }
        if version >= 5 { groupType = try reader.readString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

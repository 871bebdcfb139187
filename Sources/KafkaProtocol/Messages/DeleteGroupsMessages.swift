/// DeleteGroups (API 42): deletes empty consumer groups. Versions 0 to 2, flexible from version 2.
public struct DeleteGroupsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DeleteGroupsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .deleteGroups }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The ids of the groups.
    public var groupsNames: [String]

    /// A request; fields left out have their defaults.
    public init(groupsNames: [String] = []) {
        self.groupsNames = groupsNames
    }
}

extension DeleteGroupsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteGroupsRequest")
        let flexible = version >= 2
        try writer.write(groupsNames, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteGroupsRequest")
        let flexible = version >= 2
        self.init()
        groupsNames = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DeleteGroupsRequest`.
public struct DeleteGroupsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var results: [DeletableGroupResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [DeletableGroupResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The outcome for a group.
    public struct DeletableGroupResult: Equatable, Sendable {
        /// The consumer group's id.
        public var groupId: String
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(groupId: String = "", errorCode: Int16 = 0) {
            self.groupId = groupId
            self.errorCode = errorCode
        }
    }
}

extension DeleteGroupsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteGroupsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "DeleteGroupsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteGroupsResponse.DeletableGroupResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(groupId, compact: flexible)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        groupId = try reader.readString(compact: flexible)
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

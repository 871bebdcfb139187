/// DeleteAcls (API 31): deletes access control entries. Versions 1 to 3, flexible from version 2.
public struct DeleteAclsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DeleteAclsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .deleteAcls }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 1...3 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// What to delete.
    public var filters: [DeleteAclsFilter]

    /// A request; fields left out have their defaults.
    public init(filters: [DeleteAclsFilter] = []) {
        self.filters = filters
    }

    /// A filter.
    public struct DeleteAclsFilter: Equatable, Sendable {
        /// The type of resource, as a number.
        public var resourceTypeFilter: Int8
        /// The resource's name; nil for any.
        public var resourceNameFilter: String?
        /// How the name is matched; 3 for exactly.
        public var patternTypeFilter: Int8
        /// The principal; nil for any.
        public var principalFilter: String?
        /// The host; nil for any.
        public var hostFilter: String?
        /// The operation, as a number.
        public var operation: Int8
        /// The number of allowing or denying.
        public var permissionType: Int8

        /// Fields left out have their defaults.
        public init(
            resourceTypeFilter: Int8 = 0,
            resourceNameFilter: String? = nil,
            patternTypeFilter: Int8 = 3,
            principalFilter: String? = nil,
            hostFilter: String? = nil,
            operation: Int8 = 0,
            permissionType: Int8 = 0
        ) {
            self.resourceTypeFilter = resourceTypeFilter
            self.resourceNameFilter = resourceNameFilter
            self.patternTypeFilter = patternTypeFilter
            self.principalFilter = principalFilter
            self.hostFilter = hostFilter
            self.operation = operation
            self.permissionType = permissionType
        }
    }
}

extension DeleteAclsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DeleteAclsRequest")
        let flexible = version >= 2
        try writer.write(filters, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DeleteAclsRequest")
        let flexible = version >= 2
        self.init()
        filters = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteAclsRequest.DeleteAclsFilter: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(resourceTypeFilter)
        try writer.write(resourceNameFilter, compact: flexible)
        writer.write(patternTypeFilter)
        try writer.write(principalFilter, compact: flexible)
        try writer.write(hostFilter, compact: flexible)
        writer.write(operation)
        writer.write(permissionType)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        resourceTypeFilter = try reader.read()
        resourceNameFilter = try reader.readNullableString(compact: flexible)
        patternTypeFilter = try reader.read()
        principalFilter = try reader.readNullableString(compact: flexible)
        hostFilter = try reader.readNullableString(compact: flexible)
        operation = try reader.read()
        permissionType = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `DeleteAclsRequest`.
public struct DeleteAclsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes, in the order of the request.
    public var filterResults: [DeleteAclsFilterResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, filterResults: [DeleteAclsFilterResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.filterResults = filterResults
    }

    /// The outcome for a filter.
    public struct DeleteAclsFilterResult: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The entries that it matched.
        public var matchingAcls: [DeleteAclsMatchingAcl]

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            matchingAcls: [DeleteAclsMatchingAcl] = []
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.matchingAcls = matchingAcls
        }
    }

    /// An entry.
    public struct DeleteAclsMatchingAcl: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The type of resource, as a number.
        public var resourceType: Int8
        /// The resource's name.
        public var resourceName: String
        /// How the name is matched; 3 for exactly.
        public var patternType: Int8
        /// Who is allowed or denied, as `User:name`.
        public var principal: String
        /// From where; `*` for anywhere.
        public var host: String
        /// What is allowed or denied, as the number of an operation.
        public var operation: Int8
        /// The number of allowing or denying.
        public var permissionType: Int8

        /// Fields left out have their defaults.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            resourceType: Int8 = 0,
            resourceName: String = "",
            patternType: Int8 = 3,
            principal: String = "",
            host: String = "",
            operation: Int8 = 0,
            permissionType: Int8 = 0
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.patternType = patternType
            self.principal = principal
            self.host = host
            self.operation = operation
            self.permissionType = permissionType
        }
    }
}

extension DeleteAclsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DeleteAclsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(filterResults, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DeleteAclsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        filterResults = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteAclsResponse.DeleteAclsFilterResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        try writer.write(matchingAcls, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        matchingAcls = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DeleteAclsResponse.DeleteAclsMatchingAcl: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        writer.write(patternType)
        try writer.write(principal, compact: flexible)
        try writer.write(host, compact: flexible)
        writer.write(operation)
        writer.write(permissionType)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        patternType = try reader.read()
        principal = try reader.readString(compact: flexible)
        host = try reader.readString(compact: flexible)
        operation = try reader.read()
        permissionType = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// DescribeAcls (API 29): lists access control entries. Versions 1 to 3, flexible from version 2.
public struct DescribeAclsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeAclsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeAcls }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 1...3 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

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

    /// A request; fields left out have their defaults.
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

extension DescribeAclsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DescribeAclsRequest")
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

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DescribeAclsRequest")
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

/// The answer to `DescribeAclsRequest`.
public struct DescribeAclsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The resources with entries.
    public var resources: [DescribeAclsResource]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        resources: [DescribeAclsResource] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.resources = resources
    }

    /// A resource.
    public struct DescribeAclsResource: Equatable, Sendable {
        /// The type of resource, as a number.
        public var resourceType: Int8
        /// The resource's name.
        public var resourceName: String
        /// How the name is matched; 3 for exactly.
        public var patternType: Int8
        /// The entries.
        public var acls: [AclDescription]

        /// Fields left out have their defaults.
        public init(
            resourceType: Int8 = 0,
            resourceName: String = "",
            patternType: Int8 = 3,
            acls: [AclDescription] = []
        ) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.patternType = patternType
            self.acls = acls
        }
    }

    /// An entry.
    public struct AclDescription: Equatable, Sendable {
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
            principal: String = "",
            host: String = "",
            operation: Int8 = 0,
            permissionType: Int8 = 0
        ) {
            self.principal = principal
            self.host = host
            self.operation = operation
            self.permissionType = permissionType
        }
    }
}

extension DescribeAclsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DescribeAclsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        try writer.write(resources, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "DescribeAclsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        resources = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeAclsResponse.DescribeAclsResource: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        writer.write(patternType)
        try writer.write(acls, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        patternType = try reader.read()
        acls = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension DescribeAclsResponse.AclDescription: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        try writer.write(principal, compact: flexible)
        try writer.write(host, compact: flexible)
        writer.write(operation)
        writer.write(permissionType)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        principal = try reader.readString(compact: flexible)
        host = try reader.readString(compact: flexible)
        operation = try reader.read()
        permissionType = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

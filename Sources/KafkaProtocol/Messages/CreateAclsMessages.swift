/// CreateAcls (API 30): adds access control entries. Versions 1 to 3, flexible from version 2.
public struct CreateAclsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = CreateAclsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .createAcls }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 1...3 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The entries.
    public var creations: [AclCreation]

    /// A request; fields left out have their defaults.
    public init(creations: [AclCreation] = []) {
        self.creations = creations
    }

    /// An entry.
    public struct AclCreation: Equatable, Sendable {
        /// The type of resource, as a number.
        public var resourceType: Int8
        /// The resource's name.
        public var resourceName: String
        /// How the name is matched; 3 for exactly.
        public var resourcePatternType: Int8
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
            resourceType: Int8 = 0,
            resourceName: String = "",
            resourcePatternType: Int8 = 3,
            principal: String = "",
            host: String = "",
            operation: Int8 = 0,
            permissionType: Int8 = 0
        ) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.resourcePatternType = resourcePatternType
            self.principal = principal
            self.host = host
            self.operation = operation
            self.permissionType = permissionType
        }
    }
}

extension CreateAclsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "CreateAclsRequest")
        let flexible = version >= 2
        try writer.write(creations, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "CreateAclsRequest")
        let flexible = version >= 2
        self.init()
        creations = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateAclsRequest.AclCreation: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(resourceType)
        try writer.write(resourceName, compact: flexible)
        writer.write(resourcePatternType)
        try writer.write(principal, compact: flexible)
        try writer.write(host, compact: flexible)
        writer.write(operation)
        writer.write(permissionType)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        resourceType = try reader.read()
        resourceName = try reader.readString(compact: flexible)
        resourcePatternType = try reader.read()
        principal = try reader.readString(compact: flexible)
        host = try reader.readString(compact: flexible)
        operation = try reader.read()
        permissionType = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `CreateAclsRequest`.
public struct CreateAclsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes, in the order of the request.
    public var results: [AclCreationResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [AclCreationResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The outcome for an entry.
    public struct AclCreationResult: Equatable, Sendable {
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(errorCode: Int16 = 0, errorMessage: String? = nil) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension CreateAclsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "CreateAclsResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        try writer.write(results, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 1...3, of: "CreateAclsResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension CreateAclsResponse.AclCreationResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

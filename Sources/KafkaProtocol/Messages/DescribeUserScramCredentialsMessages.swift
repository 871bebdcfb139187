/// DescribeUserScramCredentials (API 50): describes users' SCRAM credentials. Version 0.
public struct DescribeUserScramCredentialsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeUserScramCredentialsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeUserScramCredentials }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The users to describe; nil or empty for all.
    public var users: [UserName]?

    /// A request; fields left out have their defaults.
    public init(users: [UserName]? = []) {
        self.users = users
    }

    /// A user.
    public struct UserName: Equatable, Sendable {
        /// The user's name.
        public var name: String

        /// Fields left out have their defaults.
        public init(name: String = "") {
            self.name = name
        }
    }
}

extension DescribeUserScramCredentialsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeUserScramCredentialsRequest")
        try writer.write(users, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeUserScramCredentialsRequest")
        self.init()
        users = try reader.readNullableArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeUserScramCredentialsRequest.UserName: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `DescribeUserScramCredentialsRequest`.
public struct DescribeUserScramCredentialsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The outcomes.
    public var results: [DescribeUserScramCredentialsResult]

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = "",
        results: [DescribeUserScramCredentialsResult] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.results = results
    }

    /// A user's credentials.
    public struct DescribeUserScramCredentialsResult: Equatable, Sendable {
        /// The user's name.
        public var user: String
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?
        /// The user's credentials.
        public var credentialInfos: [CredentialInfo]

        /// Fields left out have their defaults.
        public init(
            user: String = "",
            errorCode: Int16 = 0,
            errorMessage: String? = "",
            credentialInfos: [CredentialInfo] = []
        ) {
            self.user = user
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.credentialInfos = credentialInfos
        }
    }

    /// A credential.
    public struct CredentialInfo: Equatable, Sendable {
        /// The SASL mechanism.
        public var mechanism: Int8
        /// The iterations of the hash.
        public var iterations: Int32

        /// Fields left out have their defaults.
        public init(mechanism: Int8 = 0, iterations: Int32 = 0) {
            self.mechanism = mechanism
            self.iterations = iterations
        }
    }
}

extension DescribeUserScramCredentialsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeUserScramCredentialsResponse")
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(results, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "DescribeUserScramCredentialsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        results = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(user, compact: true)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        try writer.write(credentialInfos, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        user = try reader.readString(compact: true)
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        credentialInfos = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension DescribeUserScramCredentialsResponse.CredentialInfo: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(mechanism)
        writer.write(iterations)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        mechanism = try reader.read()
        iterations = try reader.read()
        try reader.skipTaggedFields()
    }
}

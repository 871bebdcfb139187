/// AlterUserScramCredentials (API 51): sets and removes users' SCRAM credentials. Version 0.
public struct AlterUserScramCredentialsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AlterUserScramCredentialsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .alterUserScramCredentials }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...0 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// The credentials to remove.
    public var deletions: [ScramCredentialDeletion]
    /// The credentials to set.
    public var upsertions: [ScramCredentialUpsertion]

    /// A request; fields left out have their defaults.
    public init(deletions: [ScramCredentialDeletion] = [], upsertions: [ScramCredentialUpsertion] = []) {
        self.deletions = deletions
        self.upsertions = upsertions
    }

    /// A credential to remove.
    public struct ScramCredentialDeletion: Equatable, Sendable {
        /// The user's name.
        public var name: String
        /// The SASL mechanism.
        public var mechanism: Int8

        /// Fields left out have their defaults.
        public init(name: String = "", mechanism: Int8 = 0) {
            self.name = name
            self.mechanism = mechanism
        }
    }

    /// A credential to set.
    public struct ScramCredentialUpsertion: Equatable, Sendable {
        /// The user's name.
        public var name: String
        /// The SASL mechanism.
        public var mechanism: Int8
        /// The iterations of the hash.
        public var iterations: Int32
        /// The random salt.
        public var salt: Bytes
        /// The salted password.
        public var saltedPassword: Bytes

        /// Fields left out have their defaults.
        public init(
            name: String = "",
            mechanism: Int8 = 0,
            iterations: Int32 = 0,
            salt: Bytes = Bytes(),
            saltedPassword: Bytes = Bytes()
        ) {
            self.name = name
            self.mechanism = mechanism
            self.iterations = iterations
            self.salt = salt
            self.saltedPassword = saltedPassword
        }
    }
}

extension AlterUserScramCredentialsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "AlterUserScramCredentialsRequest")
        try writer.write(deletions, compact: true, version: version)
        try writer.write(upsertions, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "AlterUserScramCredentialsRequest")
        self.init()
        deletions = try reader.readArray(compact: true, version: version)
        upsertions = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterUserScramCredentialsRequest.ScramCredentialDeletion: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.write(mechanism)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        mechanism = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension AlterUserScramCredentialsRequest.ScramCredentialUpsertion: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.write(mechanism)
        writer.write(iterations)
        try writer.write(salt, compact: true)
        try writer.write(saltedPassword, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        mechanism = try reader.read()
        iterations = try reader.read()
        salt = try reader.readBytes(compact: true)
        saltedPassword = try reader.readBytes(compact: true)
        try reader.skipTaggedFields()
    }
}

/// The answer to `AlterUserScramCredentialsRequest`.
public struct AlterUserScramCredentialsResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// The outcomes.
    public var results: [AlterUserScramCredentialsResult]

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, results: [AlterUserScramCredentialsResult] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.results = results
    }

    /// The outcome for a user.
    public struct AlterUserScramCredentialsResult: Equatable, Sendable {
        /// The user's name.
        public var user: String
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16
        /// The error in words, or nil.
        public var errorMessage: String?

        /// Fields left out have their defaults.
        public init(user: String = "", errorCode: Int16 = 0, errorMessage: String? = "") {
            self.user = user
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }
}

extension AlterUserScramCredentialsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "AlterUserScramCredentialsResponse")
        writer.write(throttleTimeMs)
        try writer.write(results, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...0, of: "AlterUserScramCredentialsResponse")
        self.init()
        throttleTimeMs = try reader.read()
        results = try reader.readArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(user, compact: true)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        user = try reader.readString(compact: true)
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        try reader.skipTaggedFields()
    }
}

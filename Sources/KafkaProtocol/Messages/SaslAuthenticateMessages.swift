/// SaslAuthenticate (API 36): carries the bytes of a SASL mechanism. Versions 0 to 2, flexible from version 2.
public struct SaslAuthenticateRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = SaslAuthenticateResponse
    /// The number of the API.
    public static var apiKey: APIKey { .saslAuthenticate }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...2 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The mechanism's bytes.
    public var authBytes: Bytes

    /// A request; fields left out have their defaults.
    public init(authBytes: Bytes = Bytes()) {
        self.authBytes = authBytes
    }
}

extension SaslAuthenticateRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "SaslAuthenticateRequest")
        let flexible = version >= 2
        try writer.write(authBytes, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "SaslAuthenticateRequest")
        let flexible = version >= 2
        self.init()
        authBytes = try reader.readBytes(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `SaslAuthenticateRequest`.
public struct SaslAuthenticateResponse: KafkaResponse, Equatable {
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The mechanism's bytes.
    public var authBytes: Bytes
    /// After how many milliseconds the client has to authenticate again; 0 for never. From version 1.
    public var sessionLifetimeMs: Int64

    /// A response; fields left out have their defaults.
    public init(
        errorCode: Int16 = 0,
        errorMessage: String? = "",
        authBytes: Bytes = Bytes(),
        sessionLifetimeMs: Int64 = 0
    ) {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.authBytes = authBytes
        self.sessionLifetimeMs = sessionLifetimeMs
    }
}

extension SaslAuthenticateResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "SaslAuthenticateResponse")
        let flexible = version >= 2
        writer.write(errorCode)
        try writer.write(errorMessage, compact: flexible)
        try writer.write(authBytes, compact: flexible)
        if version >= 1 { writer.write(sessionLifetimeMs) }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...2, of: "SaslAuthenticateResponse")
        let flexible = version >= 2
        self.init()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: flexible)
        authBytes = try reader.readBytes(compact: flexible)
        if version >= 1 { sessionLifetimeMs = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

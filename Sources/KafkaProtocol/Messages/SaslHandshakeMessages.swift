/// SaslHandshake (API 17): chooses a SASL mechanism. Versions 0 to 1.
public struct SaslHandshakeRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = SaslHandshakeResponse
    /// The number of the API.
    public static var apiKey: APIKey { .saslHandshake }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// No version is flexible.
    public static var flexibleSince: Int16? { nil }

    /// The SASL mechanism.
    public var mechanism: String

    /// A request; fields left out have their defaults.
    public init(mechanism: String = "") {
        self.mechanism = mechanism
    }
}

extension SaslHandshakeRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "SaslHandshakeRequest")
        try writer.write(mechanism, compact: false)
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "SaslHandshakeRequest")
        self.init()
        mechanism = try reader.readString(compact: false)
    }
}

/// The answer to `SaslHandshakeRequest`.
public struct SaslHandshakeResponse: KafkaResponse, Equatable {
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The SASL mechanisms that the broker offers.
    public var mechanisms: [String]

    /// A response; fields left out have their defaults.
    public init(errorCode: Int16 = 0, mechanisms: [String] = []) {
        self.errorCode = errorCode
        self.mechanisms = mechanisms
    }
}

extension SaslHandshakeResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "SaslHandshakeResponse")
        writer.write(errorCode)
        try writer.write(mechanisms, compact: false)
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "SaslHandshakeResponse")
        self.init()
        errorCode = try reader.read()
        mechanisms = try reader.readArray(compact: false)
    }
}

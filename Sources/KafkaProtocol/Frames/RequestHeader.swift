/// What stands in front of the body of a request.
public struct RequestHeader: Sendable, Equatable {
    /// The number of the API.
    public var apiKey: APIKey
    /// The version of the body.
    public var apiVersion: Int16
    /// The number by which the client matches the response.
    public var correlationId: Int32
    /// The client's name for itself, or nil. Not in headers of version 0.
    public var clientId: String?

    /// The versions of request headers.
    public static var versions: ClosedRange<Int16> { 0...2 }

    /// A header.
    public init(apiKey: APIKey, apiVersion: Int16, correlationId: Int32, clientId: String? = nil) {
        self.apiKey = apiKey
        self.apiVersion = apiVersion
        self.correlationId = correlationId
        self.clientId = clientId
    }

    /// Appends the header in `version`, which is that of `KafkaRequest.requestHeaderVersion(of:)`.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: Self.versions, of: "RequestHeader")
        writer.write(apiKey.rawValue)
        writer.write(apiVersion)
        writer.write(correlationId)
        // The client id keeps its 2-byte length so that a broker can read it whatever the version is.
        if version >= 1 { try writer.write(clientId, compact: false) }
        if version >= 2 { writer.writeNoTaggedFields() }
    }

    /// Reads a header of `version`.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: Self.versions, of: "RequestHeader")
        self.init(
            apiKey: APIKey(rawValue: try reader.read()), apiVersion: try reader.read(),
            correlationId: try reader.read())
        if version >= 1 { clientId = try reader.readNullableString(compact: false) }
        if version >= 2 { try reader.skipTaggedFields() }
    }

    /// Reads a header whose version follows from the API and the version that it names. For an API or a version that
    /// is not known here version 1 is assumed, which suffices to answer `unsupportedVersion`; so do the versions of
    /// ApiVersions that are newer than known, whose header is read up to the client id.
    public init(from reader: inout ByteReader) throws {
        var peek = reader
        let key = APIKey(rawValue: try peek.read())
        let apiVersion = try peek.read(Int16.self)
        var version: Int16 = 1
        if let type = KafkaMessages.requestType(of: key), type.versions.contains(apiVersion) {
            version = type.requestHeaderVersion(of: apiVersion)
        }
        try self.init(from: &reader, version: version)
    }
}

extension KafkaRequest {
    /// The version of the header in front of a request of `version`.
    public static func requestHeaderVersion(of version: Int16) -> Int16 { isFlexible(version) ? 2 : 1 }

    /// The version of the header in front of the response to a request of `version`. That of ApiVersions is always 0,
    /// as a client must be able to read the answer of a broker that does not know the version asked with.
    public static func responseHeaderVersion(of version: Int16) -> Int16 {
        isFlexible(version) && apiKey != .apiVersions ? 1 : 0
    }

    /// Whether `version` has tagged fields and compact lengths.
    public static func isFlexible(_ version: Int16) -> Bool { flexibleSince.map { version >= $0 } ?? false }
}

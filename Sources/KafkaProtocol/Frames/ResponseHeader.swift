/// What stands in front of the body of a response.
public struct ResponseHeader: Sendable, Equatable {
    /// The number of the request that is answered.
    public var correlationId: Int32

    /// The versions of response headers.
    public static var versions: ClosedRange<Int16> { 0...1 }

    /// A header.
    public init(correlationId: Int32) { self.correlationId = correlationId }

    /// Appends the header in `version`, which is that of `KafkaRequest.responseHeaderVersion(of:)`.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: Self.versions, of: "ResponseHeader")
        writer.write(correlationId)
        if version >= 1 { writer.writeNoTaggedFields() }
    }

    /// Reads a header of `version`.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: Self.versions, of: "ResponseHeader")
        self.init(correlationId: try reader.read())
        if version >= 1 { try reader.skipTaggedFields() }
    }
}

// The bytes that members and leader of a consumer group exchange have a version in front. A reader takes what it
// knows of a newer version and passes over the rest, so that members of different releases can share a group.

extension ConsumerProtocolSubscription {
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...3 }

    /// The version and the fields that exist in it.
    public func encoded(version: Int16 = 3) throws -> Bytes {
        var writer = ByteWriter()
        writer.write(version)
        try encode(into: &writer, version: version)
        return writer.finish()
    }

    /// Reads what `encoded(version:)` wrote, or a newer version.
    public init(decoding bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        try self.init(from: &reader, version: min(version, Self.versions.upperBound))
    }
}

extension ConsumerProtocolAssignment {
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...3 }

    /// The version and the fields that exist in it.
    public func encoded(version: Int16 = 3) throws -> Bytes {
        var writer = ByteWriter()
        writer.write(version)
        try encode(into: &writer, version: version)
        return writer.finish()
    }

    /// Reads what `encoded(version:)` wrote, or a newer version.
    public init(decoding bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version: Int16 = try reader.read()
        try self.init(from: &reader, version: min(version, Self.versions.upperBound))
    }
}

import KafkaProtocol

extension Serde {
    /// Changes of a table on a repartition topic: the new value and the old one, as many as there are, and a last
    /// byte that says which (0: old, 1: new, 2: both, the new one's length in front as a varint). Kafka Streams'
    /// `ChangedSerializer` since 3.5 (KIP-904).
    @usableFromInline
    static func change<Inner>(_ inner: Serde<Inner>) -> Serde<Change<Inner>> where Value == Change<Inner> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde<Change<Inner>>(
            encode: { change, writer in
                switch (change.old, change.new) {
                case (let old?, let new?):
                    let start = writer.count
                    try encode(new, &writer)
                    // A zigzag varint of what is not negative.
                    writer.insertUnsignedVarint(UInt64(writer.count - start) << 1, at: start)
                    try encode(old, &writer)
                    writer.write(2 as UInt8)
                case (let old?, nil):
                    try encode(old, &writer)
                    writer.write(0 as UInt8)
                case (nil, let new?):
                    try encode(new, &writer)
                    writer.write(1 as UInt8)
                case (nil, nil): throw SerdeError("a change from nothing to nothing")
                }
            },
            decode: { bytes in
                guard let kind = bytes.isEmpty ? nil : bytes[bytes.count - 1] else { throw SerdeError("no change") }
                let content = bytes[0..<bytes.count - 1]
                switch kind {
                case 0: return Change(old: try decode(content), new: nil)
                case 1: return Change(old: nil, new: try decode(content))
                case 2:
                    guard !content.hasOlderLength else { throw OlderLayouts.refusal("a change of a grouped table") }
                    var reader = ByteReader(content)
                    let new = try decode(try reader.readSlice(Int(clamping: try reader.readVarint())))
                    return Change(old: try decode(try reader.readSlice(reader.remaining)), new: new)
                default: throw SerdeError("a change of unknown kind \(kind)")
                }
            },
            detach: detachingChange(inner))
    }
}

extension Bytes {
    /// Whether a change may be one of an older Millrace, which wrote the length of the new value in four bytes. A new value
    /// of no bytes, in front of an old one that begins like a length, looks the same.
    fileprivate var hasOlderLength: Bool {
        guard count >= 4, self[0] == 0 else { return false }
        var reader = ByteReader(self)
        return (try? reader.read(UInt32.self)).map { Int($0) <= reader.remaining } ?? false
    }
}

/// What makes a change fit to be kept.
private func detachingChange<Inner>(_ inner: Serde<Inner>) -> (@Sendable (Change<Inner>) -> Change<Inner>)? {
    guard let detach = inner.detach else { return nil }
    return { Change(old: $0.old.map(detach), new: $0.new.map(detach), isLatest: $0.isLatest) }
}

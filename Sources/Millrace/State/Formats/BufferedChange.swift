public import KafkaProtocol

/// A change, or a record of a stream, that waits in a buffer, as it is on the changelog: Kafka Streams' `BufferValue` and the
/// buffer time behind it, of version 3.
@usableFromInline
struct BufferedChange<Value> {
    @usableFromInline var origin: RecordOrigin
    /// What the row was before the first change that waits.
    @usableFromInline var prior: Value?
    @usableFromInline var old: Value?
    @usableFromInline var new: Value?
    /// The time that it waits by.
    @usableFromInline var due: Int64

    @usableFromInline init(origin: RecordOrigin, prior: Value?, old: Value?, new: Value?, due: Int64) {
        self.origin = origin
        self.prior = prior
        self.old = old
        self.new = new
        self.due = due
    }

    /// The header that tells the version of a change in a `suppress` buffer's changelog.
    @usableFromInline static var versionHeaders: [RecordHeader] { [RecordHeader(key: "v", value: Bytes([3]))] }

    @inlinable
    static func serde(_ inner: Serde<Value>) -> Serde<BufferedChange> {
        Serde(
            encode: { change, writer in
                writer.write(change.origin)
                let prior = writer.count
                try writer.write(lengthAnd: change.prior, inner)
                let old = writer.count
                try writer.write(lengthAnd: change.old, inner)
                if change.old != nil, writer.isRepeated(prior..<old, at: old) {
                    writer.truncate(to: old)
                    // The same as the prior one.
                    writer.write(-2 as Int32)
                }
                try writer.write(lengthAnd: change.new, inner)
                writer.write(change.due)
            },
            decode: { bytes in
                try bytes.reading { reader in
                    let origin = try reader.readOrigin()
                    let prior = try reader.readNullableSlice()
                    let length = try reader.read(Int32.self)
                    let old =
                        switch length {
                        case -2: prior
                        case -1: nil as Bytes?
                        default: try reader.readSlice(Int(length))
                        }
                    let new = try reader.readNullableSlice()
                    return BufferedChange(
                        origin: origin, prior: try prior.map(inner.decode), old: try old.map(inner.decode),
                        new: try new.map(inner.decode), due: try reader.read(Int64.self))
                }
            })
    }
}

extension ByteWriter {
    /// Whether what was written from a place to the end is the same as what is in a range before.
    @usableFromInline
    func isRepeated(_ range: Range<Int>, at place: Int) -> Bool {
        withUnsafeBytes { bytes in
            bytes.count - place == range.count && bytes[range].elementsEqual(bytes[place...])
        }
    }
}

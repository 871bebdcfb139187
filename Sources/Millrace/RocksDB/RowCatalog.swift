import KafkaProtocol

/// What a database says about itself in a row of its own, written with every file of rows: which families there are, and the
/// mark of the commit that the rows belong to.
struct RowCatalog: Equatable {
    struct Entry: Equatable {
        let name: String
        let number: UInt32
        let rowCount: Int64
    }

    /// The number of the next family.
    var nextNumber: UInt32 = 1
    var mark = Bytes()
    var entries: [Entry] = []

    /// Where it is: at number 0, which no family has.
    static let key = Bytes([0, 0, 0, 0])
    private static let version: UInt8 = 1

    init() {}

    var bytes: Bytes {
        var writer = ByteWriter(capacity: 64 + mark.count + entries.count * 64)
        writer.write(Self.version)
        writer.write(nextNumber)
        writer.write(UInt32(mark.count))
        mark.withUnsafeBytes { writer.write(raw: $0) }
        writer.write(UInt32(entries.count))
        for entry in entries {
            writer.write(UInt32(entry.name.utf8.count))
            writer.write(utf8: entry.name)
            writer.write(entry.number)
            writer.write(entry.rowCount)
        }
        return writer.finish()
    }

    /// Reads what `bytes` were written as. Throws if they are of another form.
    init(_ bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == Self.version else { throw NewerVersion(version: version) }
        nextNumber = try reader.read(UInt32.self)
        mark = try reader.readSlice(Int(try reader.read(UInt32.self))).detached()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let name = try reader.readSlice(Int(try reader.read(UInt32.self))).string
            entries.append(
                Entry(name: name, number: try reader.read(UInt32.self), rowCount: try reader.read(Int64.self)))
        }
    }

    struct NewerVersion: Error, CustomStringConvertible {
        let version: UInt8
        var description: String {
            "its format is version \(version), which a newer Millrace wrote; use that, or remove the directory, and the state "
                + "comes back from the changelog"
        }
    }
}

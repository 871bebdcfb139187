import KafkaProtocol

/// What a commit of a task's database leaves beside the rows: up to where the topics are in the rows of each store.
struct TaskMark: Equatable, Sendable {
    /// By the names of the stores. One that has none was not begun.
    var positions: [String: RowPosition] = [:]
    /// When it was written, by the wall clock.
    var writtenAt: Int64 = 0

    /// That of one store, as if it were alone.
    func marker(of store: String) -> RowMarker? {
        positions[store].map { RowMarker(positions: [$0], writtenAt: writtenAt) }
    }
}

extension TaskMark {
    func write(to writer: inout ByteWriter) {
        let stores = positions.sorted { $0.key < $1.key }
        writer.writeUnsignedVarint(UInt64(stores.count))
        for (name, _) in stores {
            writer.writeUnsignedVarint(UInt64(name.utf8.count))
            writer.write(utf8: name)
        }
        RowMarker(positions: stores.map(\.value), writtenAt: writtenAt).write(to: &writer)
    }

    /// Reads a mark. Throws if it makes no sense.
    init(_ bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        let count = try reader.readUnsignedVarint()
        guard count <= UInt64(reader.remaining) else { throw RowLogDamage("\(count) stores in \(reader.remaining) bytes") }
        var names: [String] = []
        for _ in 0..<count {
            let length = try reader.readUnsignedVarint()
            guard length <= UInt64(reader.remaining) else { throw RowLogDamage("a name of \(length) bytes") }
            names.append(try reader.readSlice(Int(length)).string)
        }
        let marker = try RowMarker(try reader.readSlice(reader.remaining))
        guard marker.positions.count == names.count else {
            throw RowLogDamage("\(marker.positions.count) positions of \(names.count) stores")
        }
        positions = Dictionary(zip(names, marker.positions)) { first, _ in first }
        writtenAt = marker.writtenAt
    }
}

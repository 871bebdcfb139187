import Foundation
import KafkaProtocol

/// What is saved with a committed offset besides the offset: Kafka Streams' `TopicPartitionMetadata`, version 2, whose bytes
/// these are: the partition's time, and named numbers that belong to the task (times of its steps, ends of its changelogs).
/// Each input of the task may carry some of them; of a name that several have the largest number counts.
struct TaskProgress: Equatable, Sendable {
    /// The largest event time processed from the partition; -1 at the start.
    var partitionTime: Int64
    /// The named numbers.
    var entries: [String: Int64]

    /// Brokers keep 4096 bytes with an offset (`offset.metadata.max.bytes`), in base64: so many are left for the numbers.
    static let mostBytes = 3050

    init(partitionTime: Int64 = -1, entries: [String: Int64] = [:]) {
        self.partitionTime = partitionTime
        self.entries = entries
    }

    /// What is saved with one input of a task of all that it saves: times of its steps, by what they are saved as, and up to where
    /// the changelogs of stores had been written. As many with each input as fit; more than fit with all are left out.
    init(ofInput input: Int, time: Int64, times: [String: Int64], ends: [String: Int64]) {
        let ends = ends.map { (Self.key(endOf: $0.key), $0.value) }
        let times = times.map { ($0.key, $0.value) }
        // What Kafka Streams would take up comes first.
        let all =
            (times.filter { !Self.isOwn($0.0) }.sorted { $0.0 < $1.0 })
            + (times.filter { Self.isOwn($0.0) } + ends).sorted { $0.0 > $1.0 }
        self.init(partitionTime: time, entries: Dictionary(Self.share(of: input, in: all), uniquingKeysWith: max))
    }

    /// Of numbers that are more than fit with one input, those that go with one.
    static func share(of input: Int, in all: [(name: String, number: Int64)]) -> [(String, Int64)] {
        var (place, bytes) = (0, 0)
        return all.filter { name, _ in
            let size = 12 + name.utf8.count
            if bytes + size > mostBytes { (place, bytes) = (place + 1, 0) }
            bytes += size
            return place == input
        }
    }

    /// The metadata as it is committed.
    var text: String {
        var writer = ByteWriter(capacity: 256)
        writer.write(2 as UInt8)
        writer.write(partitionTime)
        if !entries.isEmpty {
            writer.write(Int32(clamping: entries.count))
            for (name, number) in entries.sorted(by: { $0.key < $1.key }) {
                writer.write(Int32(clamping: name.utf8.count))
                writer.write(utf8: name)
                writer.write(number)
            }
        }
        return Data(writer.finish().array).base64EncodedString()
    }

    /// Reads metadata; nil if it is of another form, such as another program's.
    init?(_ text: String) {
        guard let data = Data(base64Encoded: text), !data.isEmpty else { return nil }
        var reader = ByteReader(Bytes(data))
        do {
            let version = try reader.read(UInt8.self)
            guard version == 1 || version == 2 else { return nil }
            partitionTime = try reader.read(Int64.self)
            entries = version == 1 ? try Self.firstEntries(&reader) : try Self.entries(&reader)
        } catch {
            return nil
        }
    }

    private static func entries(_ reader: inout ByteReader) throws -> [String: Int64] {
        guard reader.remaining > 0 else { return [:] }
        var entries: [String: Int64] = [:]
        for _ in 0..<max(0, try reader.read(Int32.self)) {
            let name = try reader.readSlice(max(0, Int(try reader.read(Int32.self)))).string
            entries[name] = max(entries[name] ?? .min, try reader.read(Int64.self))
        }
        return entries
    }

    /// Kafka Streams' version 1 ends after the time; that of the first Millrace had the times of steps behind it.
    private static func firstEntries(_ reader: inout ByteReader) throws -> [String: Int64] {
        guard reader.remaining > 0 else { return [:] }
        var entries: [String: Int64] = [:]
        let count = try reader.readUnsignedVarint()
        guard count <= UInt64(reader.remaining) else { throw SerdeError("\(count) times in \(reader.remaining) bytes") }
        for _ in 0..<count {
            let length = try reader.readUnsignedVarint()
            guard length <= UInt64(reader.remaining) else { throw SerdeError("a name of \(length) bytes") }
            entries[Self.key(timeOf: try reader.readSlice(Int(length)).string)] = try reader.read(Int64.self)
        }
        return entries
    }

    // MARK: - Names

    // Short, as many must fit: a letter for the kind and a hash of the name. A Kafka Streams application that takes over
    // passes them over, as it asks for names of stores only. What it saves under the name of a store, for windows that are
    // sent when they close, is saved so here too.

    /// Whether a name is one that only Millrace asks for.
    static func isOwn(_ name: String) -> Bool { name.hasPrefix("~") }

    /// The name under which the time of a step is saved.
    static func key(timeOf step: String) -> String { "~t\(hash(of: step))" }

    /// The name under which it is saved how far the changelog of a store had been written.
    static func key(endOf store: String) -> String { "~e\(hash(of: store))" }

    private static func hash(of name: String) -> String {
        let hash = Bytes(utf8: name).withUnsafeBytes { RowHash($0, seed: 0) }
        return String(hash.high & 0xffff_ffff_ffff, radix: 36)
    }
}

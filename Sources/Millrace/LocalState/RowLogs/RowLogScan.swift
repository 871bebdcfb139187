import KafkaProtocol

/// What the files of a row log hold, as far as they make sense: each part is whole, and chunks follow each other without a
/// gap, over all files.
struct RowLogScan: Sendable {
    /// The files, the base first, with what of them is good.
    var segments: [RowSegment] = []
    /// The largest number of a file; 0 if there is none.
    var lastNumber: Int64 = 0
    /// The number of the last chunk; 0 if there is none.
    var chunk: UInt64 = 0
    /// What closes the last chunk; nil if there is none.
    var marker: RowMarker?
    /// What makes no sense: where, and why.
    var damage: [Damage] = []
    /// The files that are not needed: those before the base, and what was never finished.
    var leftovers: [String] = []

    struct Damage: Sendable, Equatable {
        let name: String
        /// Up to where the file is good.
        let position: Int
        /// How many bytes are not.
        let bytes: Int
        let reason: String
        /// Whether only the end of the last commit is missing: the program has ended before, or while it wrote.
        let isTornEnd: Bool
    }

    var entries: Int { segments.reduce(0) { $0 + $1.entries } }
    var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }

    /// Nothing.
    init() {}

    /// Reads all files in `directory`, and changes nothing. Throws `NewerStateVersion`, and what listing throws. A file that
    /// cannot be read counts as damaged.
    init(_ directory: String, _ files: any StateFiles) throws {
        let names = try files.names(in: directory)
        let found = names.compactMap { RowSegment(name: $0) }.sorted { $0.number < $1.number }
        lastNumber = found.last?.number ?? 0
        leftovers = names.filter { $0.hasSuffix(RowSegment.unfinished) }
        // The newest base that is whole. An older one is there only as long as what it was made from is being removed.
        var first: Int64 = 0
        for base in found.reversed() where base.kind == .base {
            if first > 0 {
                leftovers.append(base.name)
            } else if try scan(base, directory, files) {
                first = base.number
            }
        }
        for segment in found where segment.kind == .log {
            if segment.number <= first {
                leftovers.append(segment.name)
            } else {
                _ = try scan(segment, directory, files)
            }
        }
    }

    /// Adds what is good of a file. Returns whether it holds a whole chunk.
    private mutating func scan(_ segment: RowSegment, _ directory: String, _ files: any StateFiles) throws -> Bool {
        var found = segment
        var next = chunk
        var part: UInt32 = 0
        var partEntries = 0
        var last: RowMarker?
        var size = 0
        var failure: (any Error)?
        do {
            let file = try files.open("\(directory)/\(segment.name)", for: .reading)
            size = try file.size()
            var reader = RowPartReader(file, end: size)
            while let read = try reader.next() {
                let header = read.header
                if part == 0 { next = segment.kind == .base && found.bytes == 0 ? header.chunk : next + 1 }
                guard header.kind == (segment.kind == .base ? .base : .changes), header.chunk == next,
                    header.part == part
                else {
                    throw RowLogDamage(
                        "part \(header.part) of chunk \(header.chunk) is where part \(part) of chunk \(next) should be")
                }
                partEntries += Int(header.entryCount)
                part += 1
                if let marker = try read.marker() {
                    (found.bytes, found.entries, part) = (reader.position, partEntries, 0)
                    (chunk, last) = (next, marker)
                }
            }
        } catch let error as NewerStateVersion {
            throw error
        } catch {
            failure = error
        }
        if found.bytes < size || failure != nil {
            damage.append(
                Damage(
                    name: segment.name, position: found.bytes, bytes: size - found.bytes,
                    reason: failure.map { "\($0)" } ?? "the commit that it belongs to is not complete",
                    isTornEnd: segment.kind == .log && segment.number == lastNumber
                        && (failure == nil || failure as? RowLogDamage == .tornPart)))
        }
        guard found.bytes > 0 else { return false }
        segments.append(found)
        marker = last ?? marker
        return true
    }
}

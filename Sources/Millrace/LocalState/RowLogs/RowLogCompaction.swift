import KafkaProtocol

/// Makes one base of a row log's closed files, as Kafka's log cleaner does: first it finds the last entry of each key, then
/// it copies those that are no deletions. The tables are not touched, and memory is bounded: where the keys do not fit they
/// are taken in ranges of their hashes, each of which needs one more reading of the files.
///
/// Works piece by piece. A crash at any moment leaves one set of files that is whole: a base counts once it has its name,
/// and stands for all files up to its number.
///
/// Sound as Sendable: its runner makes one step at a time.
final class RowLogCompaction: @unchecked Sendable {
    private enum Phase {
        /// Finds the last entries of the keys whose hashes begin with these `bits`.
        case mark(range: UInt32, bits: Int)
        case copy
        case sync
        case rename
        case remove(Int)
        case done
    }

    /// How many ranges of hashes there are at most, as a number of bits: each is a pass over the files.
    private static let mostBits = 10
    /// The memory for keys, in bytes.
    static let budget = 64 << 20

    /// The files that become one.
    let segments: [RowSegment]
    private let log: RowLog
    private let chunk: UInt64
    private let marker: RowMarker
    private let budget: Int
    private let seed = KeyHash.seed
    private var phase: Phase
    private var table = RowKeyTable()
    /// A bit an entry: whether it stays.
    private var stays: [UInt64]
    // The reading of the files.
    private var file = 0
    private var reader: RowPartReader?
    private var entry = 0
    // The base.
    private var base: RowSegment
    private let label = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    private var output: (any StateFile)?
    private let buffer = RowLogBuffer()
    private var part: UInt32 = 0

    /// A compaction of these files of a log, of which `marker` closes the last chunk.
    init(_ log: RowLog, _ segments: [RowSegment], chunk: UInt64, marker: RowMarker, budget: Int) {
        self.log = log
        self.segments = segments
        self.chunk = chunk
        self.marker = marker
        self.budget = budget
        base = RowSegment(segments.last?.number ?? 1, .base)
        let entries = segments.reduce(0) { $0 + $1.entries }
        stays = [UInt64](repeating: 0, count: entries / 64 + 1)
        phase = .mark(range: 0, bits: 0)
    }

    /// A name of its own: a compaction of a life that is over may still be in the middle of a step.
    private var unfinished: String { "\(log.directory)/\(base.name)-\(label)\(RowSegment.unfinished)" }

    /// Works until all is done, which it says, or `isOver` says so. Throws what the file system throws, and `RowLogDamage`;
    /// the log is as before then. Ends early when the log is closed.
    func step(until isOver: () -> Bool) throws -> Bool {
        repeat {
            guard log.isOpen else {
                phase = .done
                return true
            }
            switch phase {
            case .mark(let range, let bits): try mark(range, bits)
            case .copy: try copy()
            case .sync:
                try output?.sync()
                output = nil
                phase = .rename
            case .rename:
                let isReplaced = try log.replace(segments, with: base) {
                    try log.files.rename(unfinished, to: "\(log.directory)/\(base.name)")
                }
                guard isReplaced else { return true }
                // The new name must not be lost where the old ones are gone.
                try log.files.syncDirectory(log.directory)
                phase = .remove(segments.count - 1)
            case .remove(let number):
                let name = segments[number].name
                if name != base.name { try log.ifOpen { try log.files.remove("\(log.directory)/\(name)") } }
                phase = number > 0 ? .remove(number - 1) : .done
            case .done: return true
            }
        } while !isOver()
        if case .done = phase { return true }
        return false
    }

    /// Another compaction may begin, if this one has come to its end.
    func end() { log.compactionEnded() }

    /// Takes back what a compaction that failed has written.
    func abandon() {
        output = nil
        try? log.ifOpen { try log.files.remove(unfinished) }
        log.compactionEnded()
    }

    // MARK: - Reading

    /// The next part of the files; nil at the end of all, after which they begin anew.
    private func nextPart() throws -> RowPartReader.Part? {
        while file < segments.count {
            if reader == nil {
                let input = try log.files.open("\(log.directory)/\(segments[file].name)", for: .reading)
                reader = RowPartReader(input, end: segments[file].bytes)
            }
            if let part = try reader?.next() { return part }
            reader = nil
            file += 1
        }
        rewind()
        return nil
    }

    private func rewind() { (file, reader, entry) = (0, nil, 0) }

    // MARK: - Marking

    private func mark(_ range: UInt32, _ bits: Int) throws {
        guard let part = try nextPart() else {
            table.drain { stays[$0 >> 6] |= 1 << UInt64($0 & 63) }
            let next = range + 1
            phase = next >> bits == 0 ? .mark(range: next, bits: bits) : .copy
            return
        }
        // Of versions older than that only the newest counts.
        var horizon: Int64?
        // What is not newer than that is forgotten.
        var forgotten: Int64?
        switch log.identity {
        case .key: break
        case .keyAndTime(let history): horizon = marker.latestTime.saturatingSubtract(history)
        case .keyWithin(let retention): forgotten = marker.latestTime.saturatingSubtract(retention)
        }
        try part.body.withUnsafeBytes { body throws(any Error) -> Void in
            var entries = try RowLogEntries(part.header, in: body)
            while let found = try entries.next() {
                let key = UnsafeRawBufferPointer(rebasing: body[found.key])
                let isOld = horizon.map { found.timestamp < $0 } ?? true
                let suffix: Int64? = horizon == nil ? nil : isOld ? .min : found.timestamp
                let hash = KeyHash.hash(key, suffix.map { seed ^ UInt64(bitPattern: $0) } ?? seed)
                if bits == 0 || hash >> UInt32(32 - bits) == range {
                    // That there was nothing from a time on is a version as well.
                    table.note(
                        key, suffix: suffix, hash: hash, entry: entry, time: found.timestamp,
                        isLive: (!found.isDeletion || !isOld) && forgotten.map { found.timestamp > $0 } ?? true,
                        horizon != nil && isOld ? .newest : .last)
                }
                entry += 1
            }
        }
        if table.size > budget, table.count > 1, bits < Self.mostBits {
            // Half the range; what is marked is of the ranges before.
            table.removeAll()
            rewind()
            phase = .mark(range: range * 2, bits: bits + 1)
        }
    }

    // MARK: - Copying

    private func copy() throws {
        let output = try self.output ?? log.files.open(unfinished, for: .replacing)
        self.output = output
        guard let next = try nextPart() else {
            try writePart(to: output, marker)
            phase = .sync
            return
        }
        try next.body.withUnsafeBytes { body throws(any Error) -> Void in
            var entries = try RowLogEntries(next.header, in: body)
            while let found = try entries.next() {
                if stays[entry >> 6] & 1 << UInt64(entry & 63) != 0 {
                    buffer.append(
                        key: UnsafeRawBufferPointer(rebasing: body[found.key]),
                        value: found.value.map { UnsafeRawBufferPointer(rebasing: body[$0]) },
                        headers: found.headers.map { UnsafeRawBufferPointer(rebasing: body[$0]) },
                        timestamp: found.timestamp)
                }
                entry += 1
            }
        }
        if buffer.count >= buffer.partBytes { try writePart(to: output, nil) }
    }

    private func writePart(to output: any StateFile, _ marker: RowMarker?) throws {
        try buffer.takePart(.base, chunk: chunk, part: part, marker: marker) { bytes, entries in
            try output.write(bytes, at: base.bytes)
            base.bytes += bytes.count
            base.entries += entries
        }
        part += 1
    }
}

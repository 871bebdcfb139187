import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// Files each number of which is, in turn, at the ends of its range, with the right checksum where they have one: the log
/// opens, is read, looked up, written to and closed.
@Suite struct FileBoundaryTests {
    /// Numbers that stand one after the other in a file, big-endian.
    struct Numbers {
        var longs: [Int64]
        let widths: [Int]

        /// The numbers of `bytes` with these widths, in bytes.
        init(_ bytes: [UInt8], _ widths: [Int]) {
            self.widths = widths
            longs = []
            var at = 0
            for width in widths {
                var raw: UInt64 = 0
                for byte in bytes[at..<at + width] { raw = raw << 8 | UInt64(byte) }
                longs.append(Int64(bitPattern: raw << (64 - 8 * UInt64(width))) >> (64 - 8 * Int64(width)))
                at += width
            }
        }

        var bytes: [UInt8] {
            zip(longs, widths).flatMap { number, width in
                (0..<width).map { UInt8(truncatingIfNeeded: number >> Int64(8 * (width - 1 - $0))) }
            }
        }

        /// Each number at its boundary values, those of its width.
        var fields: [BoundaryField<Numbers>] { longs.indices.map { .init("number \($0)", \.longs[$0]) } }
    }

    private func makeLog(_ root: String, closed: Bool = true) throws {
        let log = try openLog(root, Self.configuration)
        for number: Int32 in 0..<8 {
            try log.append(
                batch(["a\(number)", "b\(number)"], timestamp: Int64(number) * 10, producer: 1, sequence: number * 2), now: 0)
        }
        if closed { try log.close() }
    }

    private static let configuration = settings {
        $0.segmentBytes = 400
        $0.indexIntervalBytes = 60
        $0.retentionMs = -1
    }

    /// Does with a log what a broker does.
    private func use(_ root: String, _ what: Comment) throws {
        for checks in [LogRecovery.Checks.whatACrashLeaves, .everything] {
            let (log, _) = try reopenLog(root, Self.configuration, checks: checks)
            do {
                _ = try log.all()
                for time in [Int64.min, -1, 0, 35, .max] { _ = try log.offset(forTimestamp: time) }
                _ = try log.offsetOfLatestTimestamp()
                for offset in Int64.boundaryValues { _ = try? log.read(from: offset, maxBytes: 100) }
                let end = log.highWatermark
                let result = try log.append(batch(["next"], timestamp: 99), now: 99)
                #expect(result.baseOffset == end && log.highWatermark == end + 1, what)
                #expect(try log.all(from: end).map(\.value) == ["next"], what)
            } catch let error as PartitionLogError {
                let isTold: Set<KafkaErrorCode> = [.corruptMessage, .offsetOutOfRange, .unknownServerError, .unsupportedCompressionType]
                #expect(isTold.contains(error.code), what)
            } catch is KafkaProtocolError {
                // A batch is given out as it is, and its reader finds the damage.
            }
            for now in [Int64.min, 0, .max] { try? log.maintain(now: now) }
            do { try log.close() } catch let error as PartitionLogError { Issue.record("\(error)", sourceLocation: #_sourceLocation) }
        }
        var verification = LogVerification(LogDirectory(path: "\(root)/t-0", faults: .none), name: "t-0", isCompacted: false)
        verification.run(reader: OwnRecords("t"))
    }

    /// Puts each variant of the first numbers of a file into it. `seal` gives it its checksum.
    private func vary(
        _ path: (String) -> String, _ widths: [Int], from start: Int = 0, closed: Bool = true, pairs: Int = 30,
        seal: ([UInt8]) -> [UInt8] = { $0 }
    ) async throws {
        var random = SeededGenerator(seed: 3)
        let root = temporaryRoot()
        try makeDirectory(root)
        defer { removeDirectory(root) }
        try makeLog(root, closed: closed)
        let good = try contents(path(root))
        let numbers = Numbers(Array(good[start..<start + widths.reduce(0, +)]), widths)
        for (name, variant) in boundaryVariants(of: numbers, numbers.fields, pairs: pairs, using: &random) {
            await Task.yield()
            try withDirectory { other in
                try crashCopy(root, to: other)
                var bytes = good
                bytes.replaceSubrange(start..<start + variant.bytes.count, with: variant.bytes)
                try overwrite(path(other), seal(bytes))
                try use(other, "\(name)")
            }
        }
    }

    private static let batchWidths = [8, 4, 4, 1, 4, 2, 4, 8, 8, 8, 2, 4, 4]

    @Test(arguments: [true, false]) func `a segment whose batch has a number at its bounds is opened`(closed: Bool) async throws {
        try await vary({ file($0, .log, 0) }, Self.batchWidths, closed: closed)
    }

    @Test func `so is one whose batch has the right checksum`() async throws {
        try await vary({ file($0, .log, 0) }, Self.batchWidths, closed: false) { bytes in
            var bytes = bytes
            let size = Int(Int32(bitPattern: UInt32(bytes[8]) << 24 | UInt32(bytes[9]) << 16 | UInt32(bytes[10]) << 8 | UInt32(bytes[11]))) + 12
            guard size > BatchField.attributes, size <= bytes.count else { return bytes }
            let crc = bytes[BatchField.attributes..<size].withUnsafeBytes { CRC32C.checksum($0) }
            for place in 0..<4 { bytes[BatchField.crc + place] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32(place))) }
            return bytes
        }
    }

    @Test func `so is one with such an index of offsets`() async throws { try await vary({ file($0, .index, 0) }, [4, 4, 4, 4]) }

    @Test func `so is one with such an index of times`() async throws { try await vary({ file($0, .timeindex, 0) }, [8, 4, 8, 4]) }

    @Test func `so is a log with such a checkpoint`() async throws {
        try await vary({ "\($0)/t-0/\(LogCheckpoint.fileName)" }, [8, 8, 8, 8, 8, 8, 4], from: 6, seal: Self.sealed)
        try await vary({ "\($0)/t-0/\(LogCheckpoint.fileName)" }, [2], pairs: 0, seal: Self.sealed)
    }

    @Test func `so is a log with such a snapshot of its producers`() async throws {
        try await vary({ file($0, .snapshot, 16) }, [8, 2, 8, 4, 8, 1, 4, 4, 8, 8, 8], from: 6, seal: Self.sealed)
    }

    /// Version, checksum of the rest, the rest.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let crc = bytes[6...].withUnsafeBytes { CRC32C.checksum($0) }
        return bytes[..<2] + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32($0))) } + bytes[6...]
    }

    @Test func `so is a log with a segment of such a name`() async throws {
        for base in Int64.boundaryValues where base >= 0 {
            await Task.yield()
            for kinds in [[LogDirectory.Kind.log], [.log, .index, .timeindex, .snapshot], [.swap], [.cleaned], [.snapshot]] {
                try withDirectory { root in
                    try makeLog(root)
                    for kind in kinds {
                        let place = file(root, kind, base)
                        guard (try? contents(place)) == nil else { continue }
                        try overwrite(place, kind == .log || kind == .swap ? contents(file(root, .log, 0)) : [])
                    }
                    try use(root, "\(kinds) at \(base)")
                }
            }
        }
    }
}

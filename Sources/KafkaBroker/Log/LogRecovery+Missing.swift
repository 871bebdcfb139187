import KafkaProtocol

// What should be there by what the other files say, and is not, is told: a log without it opens all the same.
extension LogRecovery {
    /// Segments of which other files are left, and gaps between the segments before `end`, whose batches are not followed.
    func reportMissingSegments(before end: Int) throws {
        let bases = Set(segments.map(\.base))
        let files = try directory.list()
        // Index files go before their segment does, so that a crash leaves none without one.
        let indexed = Set((files[.index] ?? []) + (files[.timeindex] ?? []) + (files[.txnindex] ?? []))
        for base in indexed.sorted() where !bases.contains(base) && base >= checkpoint.logStartOffset {
            report("\(name): the segment \(directory.path(.log, base)) is missing, though its index is there")
        }
        guard hasCheckpoint else { return }
        if segments[0].base > checkpoint.logStartOffset { reportGap(checkpoint.logStartOffset..<segments[0].base) }
        for place in segments.indices.dropFirst() where place < end && !mayHaveGaps(at: segments[place].base) {
            let previous = try segments[place - 1].endOffset()
            if previous < segments[place].base { reportGap(previous..<segments[place].base) }
        }
    }

    /// Whether compaction may have left offsets out before `base`.
    private func mayHaveGaps(at base: Int64) -> Bool {
        configuration.cleanupPolicy.contains(.compact) || base <= checkpoint.compactedTo
    }

    func reportGap(_ offsets: Range<Int64>) {
        guard !mayHaveGaps(at: offsets.upperBound) else { return }
        report(
            "\(name): \(offsets.count) records are missing, offsets \(offsets.lowerBound) to \(offsets.upperBound - 1): no "
                + "segment in \(directory.path) has them")
    }

    /// The log ends before what its checkpoint or a snapshot of its producers knows of.
    func reportMissingEnd() throws {
        let bases = Set(segments.map(\.base))
        for base in try directory.list()[.snapshot] ?? [] where base >= endOffset && !bases.contains(base) {
            // One made when the log was closed is at the end that the checkpoint knows.
            if base == checkpoint.cleanEnd?.endOffset { continue }
            report(
                "\(name): the segment with the records from offset \(base) on is missing, by "
                    + directory.path(.snapshot, base))
        }
        let known = max(checkpoint.cleanEnd?.endOffset ?? 0, checkpoint.recoveryPoint, checkpoint.logStartOffset)
        guard hasCheckpoint, endOffset < known else { return }
        report(
            "\(name): the log ends at offset \(endOffset), but by its checkpoint it had come to \(known): at least "
                + "\(known - endOffset) records are missing")
    }
}

extension LogSegment {
    /// The offset after the last batch, by the batches after the last index entry; the base if that is no batch.
    func endOffset() throws -> Int64 {
        var scanner = BatchScanner(file: file, from: index.offsets.last.map { Int($0.position) } ?? 0, end: size)
        var end = base
        do {
            while let item = try scanner.next() { end = item.header.nextOffset }
        } catch let error as PartitionLogError where error.code == .corruptMessage {
            // How far it went shows when it is read; here only what is missing between segments matters.
            return .max
        }
        return end
    }
}

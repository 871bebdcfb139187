import KafkaProtocol
import Synchronization

extension RowLog {
    /// What waits for room on the disk at most, besides one entry.
    static let mostPending = 4 << 20

    /// What has come together since the last chunk is committed, up to these positions. Where nothing has changed nothing is
    /// written, unless it is to be said that this is so now.
    func commit(_ positions: [RowPosition], now: Int64, isRenewed: Bool = false) {
        write { state in
            if buffer.entryCount == 0, state.part == 0, positions == state.marker?.positions, !isRenewed { return nil }
            return RowMarker(positions: positions, writtenAt: now, latestTime: buffer.latestTime)
        }
    }

    /// The buffer is full: a part of the chunk goes to the disk before the chunk is committed.
    func spill() { write { _ in nil } }

    /// Writes what has come together, as the end of a chunk if there is a marker. What cannot be written waits.
    private func write(_ marker: (borrowing State) -> RowMarker?) {
        do {
            let hasWritten = try state.withLock { state in
                guard state.isOpen, !state.isStale else {
                    buffer.removeAll()
                    return false
                }
                let marker = marker(state)
                if marker == nil, buffer.entryCount == 0 { return false }
                guard trouble.mayTry() else {
                    keep(&state)
                    return false
                }
                do {
                    try write(&state, marker)
                } catch {
                    state.hasTail = true
                    keep(&state)
                    throw error
                }
                return true
            }
            if hasWritten { trouble.works() }
        } catch {
            trouble.failed(error)
        }
    }

    /// What has come together stays, for as long as there is memory for it.
    private func keep(_ state: inout State) {
        if buffer.count < Self.mostPending {
            buffer.limit = min(buffer.count + buffer.partBytes, Self.mostPending)
        } else {
            state.hasFallenBehind = true
            becomeStale(&state)
        }
    }

    func becomeStale(_ state: inout State) {
        state.isStale = true
        buffer.isClosed = true
        buffer.removeAll()
    }

    private func write(_ state: inout State, _ marker: RowMarker?) throws {
        let file = try activeFile(&state)
        try buffer.takePart(chunk: state.chunk + 1, part: state.part, marker: marker) { bytes, count in
            try file.write(bytes, at: state.written)
            state.written += bytes.count
            state.openEntries += count
        }
        buffer.limit = buffer.partBytes
        state.part += 1
        if state.hasTail {
            try file.truncate(to: state.written)
            state.hasTail = false
        }
        guard let marker else { return }
        let last = state.segments.count - 1
        state.segments[last].bytes = state.written
        state.segments[last].entries += state.openEntries
        state.chunk += 1
        state.marker = marker
        (state.part, state.openEntries) = (0, 0)
        if state.written >= segmentBytes { state.active = nil }
    }

    /// The file that is written to: the last one if it is small, else a new one.
    private func activeFile(_ state: inout State) throws -> any StateFile {
        if let file = state.active { return file }
        if let last = state.segments.last, last.kind == .log, last.bytes < segmentBytes, !state.isCompacting {
            let file = try files.open("\(directory)/\(last.name)", for: .writing)
            state.active = file
            state.written = last.bytes
            return file
        }
        let segment = RowSegment(state.lastNumber + 1, .log)
        let file = try files.open("\(directory)/\(segment.name)", for: .replacing)
        state.segments.append(segment)
        state.lastNumber = segment.number
        state.active = file
        state.written = 0
        return file
    }
}

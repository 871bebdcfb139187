import KafkaProtocol
import Synchronization

extension RowLog {
    /// The garbage in bytes from which on it is worth the work.
    static let leastGarbage = 32 << 20

    /// A compaction, if it is time for one: there are twice as many entries as the last compaction has left.
    func compaction(
        leastGarbage: Int = leastGarbage, budget: Int = RowLogCompaction.budget
    ) -> RowLogCompaction? {
        state.withLock { state in
            guard state.isOpen, !state.isCompacting, state.part == 0, let marker = state.marker else { return nil }
            let entries = state.segments.reduce(0) { $0 + $1.entries }
            let bytes = state.segments.reduce(0) { $0 + $1.bytes }
            let live = state.segments.first { $0.kind == .base }?.entries ?? 0
            guard entries > live.saturatingMultiply(2), bytes / max(1, entries) * (entries - live) >= leastGarbage
            else { return nil }
            state.active = nil
            state.isCompacting = true
            return RowLogCompaction(self, state.segments, chunk: state.chunk, marker: marker, budget: budget)
        }
    }

    /// Whether the files are still this log's.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Puts a base in place of files. Returns whether it has: not once the log is closed.
    func replace(_ segments: [RowSegment], with base: RowSegment, _ rename: () throws -> Void) throws -> Bool {
        try state.withLock { state in
            guard state.isOpen, state.segments.starts(with: segments) else { return false }
            try rename()
            state.segments.replaceSubrange(..<segments.count, with: [base])
            state.isCompacting = false
            return true
        }
    }

    /// Does something with the files, unless the log is closed.
    func ifOpen(_ body: () throws -> Void) throws { try state.withLock { if $0.isOpen { try body() } } }

    /// Another compaction may begin.
    func compactionEnded() { state.withLock { $0.isCompacting = false } }
}

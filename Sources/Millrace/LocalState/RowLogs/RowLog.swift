import KafkaProtocol
import Synchronization

/// A store's rows on disk: what each commit has changed, appended to files in the same bytes that go to the changelog, and
/// compacted in the background.
///
/// A chunk is written when its commit is confirmed, by one call and without waiting for the disk: what is there is never
/// ahead of what was committed, and what a crash takes away is read from the changelog again. What cannot be written is kept
/// for a while (`mostPending`); after that the log is stale: it stays as it is, good for a later start.
///
/// The task of the store appends, and compaction replaces files, each with the lock held. After `close` neither changes
/// anything any more, so that another life of the task can have the files.
final class RowLog: Sendable {
    /// What has changed since the last chunk.
    let buffer: RowLogBuffer
    let directory: String
    let identity: RowIdentity
    let files: any StateFiles
    let trouble: StateTrouble
    /// The size from which on a file is closed.
    let segmentBytes: Int
    let state = Mutex(State())

    struct State {
        /// The files, the base first. The last one is written to while `active` is there.
        var segments: [RowSegment] = []
        var active: (any StateFile)?
        /// The number of the file made last.
        var lastNumber: Int64 = 0
        /// Up to where the active file is written, the parts of an open chunk included.
        var written = 0
        /// The number of the last chunk.
        var chunk: UInt64 = 0
        /// The number of the open chunk's next part.
        var part: UInt32 = 0
        /// The entries of its parts so far.
        var openEntries = 0
        /// Whether there may be bytes behind what is written, of an attempt that failed.
        var hasTail = false
        var marker: RowMarker?
        /// Whether this log is the one that writes and removes its files.
        var isOpen = false
        /// Whether there is a gap after the last chunk, so that nothing can be added.
        var isStale = false
        /// Whether it has one because more has come than can wait for room on the disk.
        var hasFallenBehind = false
        var isCompacting = false
    }

    init(
        _ directory: String, identity: RowIdentity, buffer: RowLogBuffer, files: any StateFiles, trouble: StateTrouble,
        segmentBytes: Int = 64 << 20
    ) {
        self.directory = directory
        self.identity = identity
        self.buffer = buffer
        self.files = files
        self.trouble = trouble
        self.segmentBytes = segmentBytes
    }

    // MARK: - Opening

    /// Finds out what is there, cuts off what makes no sense, and gets ready to append. Returns what was found. Throws
    /// `NewerStateVersion`. Where nothing can be written, the log is stale from the beginning.
    func open() throws -> RowLogScan {
        var failure: (any Error)?
        do { try files.makeDirectory(directory) } catch { failure = error }
        let scan: RowLogScan
        do {
            scan = try RowLogScan(directory, files)
        } catch let error as NewerStateVersion {
            throw error
        } catch {
            failure = error
            scan = RowLogScan()
        }
        if failure == nil {
            do { try remove(scan) } catch { failure = error }
        }
        state.withLock { state in
            state.segments = scan.segments
            state.lastNumber = scan.lastNumber
            state.chunk = scan.chunk
            state.marker = scan.marker
            state.isOpen = true
        }
        buffer.latestTime = scan.marker?.latestTime ?? .min
        buffer.onFull = { [weak self] in self?.spill() }
        if let failure {
            trouble.failed(failure)
            state.withLock { becomeStale(&$0) }
        }
        return scan
    }

    /// Removes what a scan has found to be of no use: the newest first, so that what is left is whole at any time.
    private func remove(_ scan: RowLogScan) throws {
        for name in scan.leftovers { try files.remove("\(directory)/\(name)") }
        for damage in scan.damage.reversed() {
            let path = "\(directory)/\(damage.name)"
            if damage.position == 0 {
                try files.remove(path)
            } else {
                try files.open(path, for: .writing).truncate(to: damage.position)
            }
        }
    }

    /// Removes all files and begins anew, the newest first. What cannot be removed is found again at the next start.
    func reset() {
        buffer.removeAll()
        buffer.latestTime = .min
        state.withLock { state in
            (state.segments, state.active, state.marker) = ([], nil, nil)
            (state.chunk, state.part, state.openEntries) = (0, 0, 0)
            do {
                for name in try files.names(in: directory).sorted().reversed() {
                    try files.remove("\(directory)/\(name)")
                }
            } catch {
                trouble.failed(error)
                becomeStale(&state)
            }
        }
    }

    /// What closes the last chunk; nil if there is none.
    var marker: RowMarker? { state.withLock { $0.marker } }

    /// The entries in all files.
    var entries: Int { state.withLock { state in state.segments.reduce(0) { $0 + $1.entries } } }

    /// About how many bytes the open chunk has.
    var openBytes: Int {
        state.withLock { $0.part > 0 ? $0.written - ($0.segments.last?.bytes ?? 0) : 0 } + buffer.count
    }

    /// The files and what of them is good.
    var segments: [RowSegment] { state.withLock { $0.segments } }

    /// Whether the log has a gap, and is written no more.
    var isStale: Bool { state.withLock { $0.isStale } }

    /// Whether it has a gap that a start of the task would close: there was no room on the disk for long.
    var hasFallenBehind: Bool { state.withLock { $0.hasFallenBehind } }

    /// Nothing is written from now on, by whomever: the files may be somebody else's.
    func close() {
        state.withLock { state in
            state.isOpen = false
            state.active = nil
        }
    }
}

import KafkaProtocol

/// Opens a log's files and brings them into order: completes or undoes what a crash interrupted, cuts off a torn end, sets
/// aside what it cannot read, rebuilds indexes and the producers' state where they are missing or out of date, and tells
/// what is missing.
struct LogRecovery {
    /// Which batches are looked at when a log is opened.
    enum Checks: Sendable {
        /// Those that may not have been on the disk when the process ended; none after a clean end.
        case whatACrashLeaves
        /// All of them.
        case everything
    }

    let directory: LogDirectory
    let configuration: LogConfiguration
    let checks: Checks
    let now: Int64
    /// The partition, for messages.
    let name: String
    let report: (String) -> Void

    var checkpoint = LogCheckpoint()
    /// The checkpoint as it stands on the disk, if it says that the log was closed.
    private var cleanCheckpoint: LogCheckpoint?
    var segments: [LogSegment] = []
    var aborted: [AbortedTransaction] = []
    var producers = ProducerTable()
    var endOffset: Int64 = 0
    /// Whether the files are as the checkpoint was written for; without one, gaps between offsets are taken for the
    /// work of compaction.
    var hasCheckpoint = false
    /// The first segment whose batches were followed, and whose index files are therefore written anew.
    private var firstReplayed = Int.max
    /// Whether a segment was begun, whose name may not be on the disk.
    private var hasNewFiles = false
    /// The base of the first segment that something was cut off from or set aside.
    var firstRepaired: Int64?

    init(
        directory: LogDirectory, configuration: LogConfiguration, checks: Checks, now: Int64, name: String,
        report: @escaping (String) -> Void
    ) {
        self.directory = directory
        self.configuration = configuration
        self.checks = checks
        self.now = now
        self.name = name
        self.report = report
    }

    /// Does it all. `isNew` says that there should be nothing yet.
    mutating func run(isNew: Bool) throws -> PartitionLog.State {
        if try directory.create(), !isNew {
            report("\(name): the directory \(directory.path) is missing; the log begins anew, without records")
        }
        for file in try directory.names() where file.hasSuffix(".tmp") {
            try directory.remove("\(directory.path)/\(file)")
        }
        try completeCompaction()
        try loadCheckpoint()
        try openSegments()
        var isClean = try isClean()
        let firstUnchecked = isClean ? segments.count : place(of: checkpoint.recoveryPoint)
        let firstToCheck = checks == .everything ? 0 : firstUnchecked
        let firstWithoutTransactions = try loadIndexes(upTo: firstToCheck)
        try reportMissingSegments(before: firstToCheck)
        try restoreProducers(isClean: isClean, from: min(firstToCheck, firstWithoutTransactions), firstToCheck)
        isClean = isClean && firstRepaired == nil
        try reportMissingEnd()
        try startOverIfBehind()
        try tidy(isClean: isClean)
        var state = PartitionLog.State(
            configuration: configuration, segments: segments, checkpoint: checkpoint, endOffset: endOffset,
            producers: producers, aborted: aborted.filter { $0.lastOffset >= checkpoint.logStartOffset })
        if isClean { state.cleanCheckpoint = cleanCheckpoint }
        state.hasNewFiles = hasNewFiles
        return state
    }

    /// Whether the log was closed and nothing was written since.
    private func isClean() throws -> Bool {
        guard let end = checkpoint.cleanEnd, let active = segments.last, end.activeBase == active.base,
            end.activeSize == active.size
        else { return false }
        guard let sidecars = end.sidecars else { return true }
        return try directory.sidecarsChecksum(active.base, end: end.endOffset) == sidecars
    }

    private func place(of offset: Int64) -> Int { max(segments.partitioningIndex { $0.base > offset } - 1, 0) }

    /// A compaction that had not yet decided to replace segments is forgotten, one that had is completed.
    private mutating func completeCompaction() throws {
        var files = try directory.list()
        for base in files[.cleaned] ?? [] { try directory.remove(directory.path(.cleaned, base)) }
        for base in files[.swap] ?? [] {
            let file = try LogFile(path: directory.path(.swap, base))
            var segment = LogSegment(base: base, file: file, size: try file.size(), createdAt: now)
            let end = try segment.rebuildIndex(interval: configuration.indexIntervalBytes)
            let replaced = (files[.log] ?? []).filter { $0 > base && $0 < end }
            try directory.completeSwap(base, replacing: replaced)
            files[.log]?.removeAll { replaced.contains($0) }
            report("\(name): completed an interrupted compaction of offsets \(base) to \(end)")
        }
    }

    private mutating func loadCheckpoint() throws {
        guard let file = try directory.read("\(directory.path)/\(LogCheckpoint.fileName)") else { return }
        guard let saved = LogCheckpoint(file: file) else {
            report("\(name): the checkpoint file is damaged, all segments are checked")
            return
        }
        checkpoint = saved
        hasCheckpoint = true
    }

    private mutating func openSegments() throws {
        let bases = try directory.list()[.log] ?? []
        for (place, base) in bases.enumerated() {
            if place + 1 < bases.count, bases[place + 1] <= checkpoint.logStartOffset {
                try directory.removeSegment(base)
                continue
            }
            let file = try LogFile(path: directory.path(.log, base), faults: directory.faults)
            segments.append(
                LogSegment(base: base, file: file, size: try file.size(), createdAt: try file.modificationTime()))
        }
        if segments.isEmpty {
            if hasCheckpoint {
                report("\(name): there is a checkpoint, but no segment; the log begins anew at \(checkpoint.logStartOffset)")
            }
            try begin(at: checkpoint.logStartOffset)
        }
        if !hasCheckpoint { checkpoint.logStartOffset = segments[0].base }
    }

    private mutating func begin(at offset: Int64) throws {
        hasNewFiles = true
        let file = try LogFile(
            path: directory.path(.log, offset), create: true, truncate: true, faults: directory.faults)
        segments = [LogSegment(base: offset, file: file, createdAt: now)]
        endOffset = offset
    }

    /// Loads or rebuilds the indexes of the segments before `end`; returns the first whose transaction index is missing.
    private mutating func loadIndexes(upTo end: Int) throws -> Int {
        var firstWithoutTransactions = Int.max
        for place in 0..<min(end, segments.count) {
            let base = segments[place].base
            try loadIndex(place)
            let limit = place + 1 < segments.count ? segments[place + 1].base : Int64.max
            if let file = try directory.read(directory.path(.txnindex, base)),
                let found = AbortedTransaction.read(file, range: base..<limit)
            {
                aborted += found
            } else {
                firstWithoutTransactions = min(firstWithoutTransactions, place)
            }
        }
        return firstWithoutTransactions
    }

    private mutating func loadIndex(_ place: Int) throws {
        let base = segments[place].base
        if let offsets = try directory.read(directory.path(.index, base)),
            let times = try directory.read(directory.path(.timeindex, base)),
            let index = SegmentIndex(offsetFile: offsets, timeFile: times, segmentSize: segments[place].size),
            try segments[place].fits(index)
        {
            segments[place].index = index
        } else {
            report("\(name): rebuilding the indexes of the segment at \(base)")
            try segments[place].rebuildIndex(interval: configuration.indexIntervalBytes)
            do {
                try directory.replace(
                    directory.path(.index, base), with: segments[place].index.offsetFile, sync: false)
                try directory.replace(
                    directory.path(.timeindex, base), with: segments[place].index.timeFile, sync: false)
            } catch {
                report("\(name): index files cannot be written: \(error)")
            }
        }
        segments[place].isSynced = true
        if place == segments.count - 1 { try segments[place].loadFirstTimestamp() }
    }

    /// Brings the producers' state up to the end of the log, by the last snapshot and the batches after it, checking
    /// the segments from `unchecked` on.
    private mutating func restoreProducers(isClean: Bool, from place: Int, _ unchecked: Int) throws {
        if isClean, place >= segments.count, let end = checkpoint.cleanEnd?.endOffset, let table = try snapshot(end) {
            producers = table
            endOffset = end
            return
        }
        var first = min(place, segments.count - 1)
        var table = try snapshot(segments[first].base)
        while table == nil, first > 0 {
            first -= 1
            table = try snapshot(segments[first].base)
        }
        producers = table ?? ProducerTable()
        firstReplayed = first
        let replayed = segments[first].base
        aborted.removeAll { $0.lastOffset >= replayed }
        for place in first..<segments.count { try replay(place, checking: place >= unchecked) }
    }

    private func snapshot(_ offset: Int64) throws -> ProducerTable? {
        try directory.read(directory.path(.snapshot, offset)).flatMap { ProducerTable(snapshot: $0) }
    }

    /// If less is left than was already given up, the log goes on from there.
    private mutating func startOverIfBehind() throws {
        guard endOffset < checkpoint.logStartOffset else { return }
        for segment in segments { try directory.removeSegment(segment.base) }
        aborted = []
        try begin(at: checkpoint.logStartOffset)
    }

    /// Removes files that belong to nothing and saves the checkpoint.
    private mutating func tidy(isClean: Bool) throws {
        let bases = Set(segments.map(\.base))
        for (kind, offsets) in try directory.list() where kind != .log {
            for offset in offsets where !bases.contains(offset) {
                if kind == .snapshot, isClean, offset == endOffset { continue }
                try directory.remove(directory.path(kind, offset))
            }
        }
        for place in segments.indices.dropLast() where place >= firstReplayed { try saveSidecars(place) }
        let active = segments[segments.count - 1].base
        var saved = checkpoint
        saved.recoveryPoint = min(saved.recoveryPoint, firstRepaired ?? active, active)
        saved.compactedTo = min(saved.compactedTo, endOffset)
        if saved != checkpoint || !hasCheckpoint || (checkpoint.cleanEnd != nil && !isClean) {
            checkpoint = saved
            checkpoint.cleanEnd = nil
            do {
                try directory.replace("\(directory.path)/\(LogCheckpoint.fileName)", with: checkpoint.file, sync: false)
            } catch {
                // On a full disk the log can be read all the same.
                report("\(name): the checkpoint cannot be written: \(error)")
            }
        } else {
            cleanCheckpoint = checkpoint
        }
        checkpoint.cleanEnd = nil
    }

    /// Replaces the index files of a closed segment, which may be older than what was found.
    private func saveSidecars(_ place: Int) throws {
        let range = segments[place].base..<segments[place + 1].base
        do {
            try directory.saveSidecars(
                of: segments[place], aborted: aborted.filter { range.contains($0.lastOffset) }, sync: false)
        } catch {
            // On a full disk the log can be read all the same; the next opening finds none and rebuilds them.
            report("\(name): index files cannot be written: \(error)")
            try directory.removeSidecars(range.lowerBound)
        }
    }
}

extension LogSegment {
    /// Whether the last entries of an index lead to the batches they name. Of the times the last one matters most: by it
    /// retention decides whether the segment goes.
    func fits(_ index: SegmentIndex) throws -> Bool {
        if let last = index.offsets.last {
            guard try header(at: Int(last.position))?.lastOffset == base.checkedAdd(Int64(last.relativeOffset)) else {
                return false
            }
        }
        guard index.latest.timestamp >= 0 else { return true }
        guard let offset = base.checkedAdd(Int64(index.latest.relativeOffset)) else { return false }
        var position = index.position(before: Int64(index.latest.relativeOffset))
        // With small batches and few entries the way is long, and the time believed.
        for _ in 0..<1000 {
            guard position < size, let header = try header(at: position) else { return false }
            if header.lastOffset >= offset {
                return header.lastOffset == offset && header.maxTimestamp == index.latest.timestamp
            }
            position += header.sizeInBytes
        }
        return true
    }

    /// Finds out from when on the segment's age counts.
    mutating func loadFirstTimestamp() throws {
        guard let first = try header(at: 0), first.maxTimestamp >= 0 else { return }
        firstTimestamp = first.maxTimestamp
    }

    private func header(at position: Int) throws -> RecordBatchHeader? {
        try? RecordBatchHeader(parsing: try file.read(RecordBatchHeader.size, at: position))
    }
}

import KafkaProtocol

/// Puts the entries of a row log into its store, piece by piece.
struct RowLogLoader {
    private let segments: [RowSegment]
    private let directory: String
    private let files: any StateFiles
    private var next = 0
    private var reader: RowPartReader?
    /// How many entries have been put back.
    private(set) var entries: Int64 = 0

    /// A loader of what is in the log now. Nothing may be appended meanwhile.
    init(_ log: RowLog) {
        segments = log.segments
        directory = log.directory
        files = log.files
    }

    /// Puts entries back until all are, which it says, or `isOver` says so. Throws if a file cannot be read any more, and what
    /// the store throws.
    mutating func step(into store: any StateStore, until isOver: () -> Bool) throws -> Bool {
        while true {
            guard try readPart(into: store) else { return true }
            if isOver() { return false }
        }
    }

    private mutating func readPart(into store: any StateStore) throws -> Bool {
        while true {
            if reader == nil {
                guard next < segments.count else { return false }
                let file = try files.open("\(directory)/\(segments[next].name)", for: .reading)
                // The scan has looked at the checksums.
                reader = RowPartReader(file, end: segments[next].bytes, verifies: false)
                next += 1
            }
            if let part = try reader?.next() {
                var restorer = StoreRestorer(store)
                try restorer.restore(part)
                entries += Int64(part.header.entryCount)
                return true
            }
            reader = nil
        }
    }
}

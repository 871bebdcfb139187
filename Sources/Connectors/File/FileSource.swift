public import KafkaProtocol

/// The rows of a file as records: lines, JSON lines or CSV, `.gz` unpacked on the way.
///
/// With `follows` it waits for what is appended, as `tail -F` does: a file that another replaces under its name (log rotation)
/// is read to its end first, also if that happened while the program was down and the old file is in the same directory; one
/// that becomes shorter is read from its beginning. A last line without a line feed counts when nothing can follow: at the end of a
/// file that is not followed, and when the next file has taken the name.
public struct FileSource: RecordSource {
    private let path: String
    private let format: FileFormat
    private let interval: Duration
    private let tail: FileTail
    private let skipsBadRows: Bool
    private let longestRow: Int
    private let report: @Sendable (String) -> Void

    private var file: OpenFile?
    private var inflater: GzipInflater?
    /// How much of the file has been read, packed if it is.
    private var offset: Int64 = 0
    private var splitter: RowSplitter
    private var header: [String]?
    /// Rows up to here are in the topic.
    private var known: Int64 = 0
    private var isOver = false

    /// A source of the file at `path`.
    /// - Parameters:
    ///   - follows: Whether to wait for more at the end. Not for `.gz`.
    ///   - interval: How often to look for more.
    ///   - skipsBadRows: Whether a row that is not of the format is passed over, and `report` told; else `next` throws.
    ///   - longestRow: Longer rows, in bytes, end the source with an error.
    public init(
        _ path: String, format: FileFormat = .lines, follows: Bool = false, interval: Duration = .milliseconds(250),
        skipsBadRows: Bool = false, longestRow: Int = 16 << 20, report: @escaping @Sendable (_ line: String) -> Void = { _ in }
    ) {
        self.path = path
        self.format = format
        self.interval = max(interval, .milliseconds(1))
        self.skipsBadRows = skipsBadRows
        self.longestRow = longestRow
        self.report = report
        tail = FileTail(follows: follows)
        splitter = RowSplitter(hasQuotes: format.hasQuotes, longestRow: longestRow)
    }

    public mutating func start(after position: Bytes?) async throws {
        if tail.follows, path.hasSuffix(".gz") { throw FileFault("\(path) cannot be followed: it is packed") }
        file = nil
        isOver = false
        guard let position = try position.map(FilePosition.init) else { return }
        guard let file = try OpenFile.find(position.file, beside: path) else {
            report("the file that was read up to byte \(position.offset) is gone; going on with the beginning of \(path)")
            return
        }
        try begin(file)
        if try file.look().size < position.offset, inflater == nil {
            return report("\(file.path) is shorter than what was read of it; it is read from its beginning")
        }
        known = position.offset
        // A header, and what is packed, must be read again from the beginning.
        if !format.hasQuotes, inflater == nil {
            offset = position.offset
            splitter = RowSplitter(hasQuotes: false, longestRow: longestRow, at: offset)
        }
    }

    public mutating func next() async throws -> SourceBatch? {
        while !isOver {
            try Task.checkCancellation()
            // One chunk at a time: little that is packed can be much.
            if let unpacked = try inflater?.next() {
                if let batch = try batch(of: unpacked) { return batch }
                continue
            }
            switch tail.step(open: try file?.look(), offset: offset, named: OpenFile.look(at: path)) {
            case .missing: throw FileFault("there is no file \(path)")
            case .open: if let file = try OpenFile(path) { try begin(file) }
            case .read: if let batch = try await read() { return batch }
            case .restart:
                report("\(path) has become shorter; it is read from its beginning")
                if let file { try begin(file) }
            case .change:
                let last = try finish()
                file = nil
                if let last { return last }
            case .wait: try await Task.sleep(for: interval)
            case .end:
                try inflater?.finish()
                isOver = true
                return try finish()
            }
        }
        return nil
    }

    private mutating func begin(_ file: OpenFile) throws {
        self.file = file
        inflater = file.path.hasSuffix(".gz") ? try GzipInflater(name: file.path) : nil
        (offset, known, header) = (0, 0, nil)
        splitter = RowSplitter(hasQuotes: format.hasQuotes, longestRow: longestRow)
    }

    /// Reads the next chunk, and gives its records; nil if it completes no row or must be unpacked.
    private mutating func read() async throws -> SourceBatch? {
        guard let file else { return nil }
        let chunk = try await file.read(at: offset, count: 256 << 10)
        offset += Int64(chunk.count)
        guard let inflater else { return try batch(of: chunk) }
        inflater.push(chunk)
        return nil
    }

    /// The records of the rows that a chunk completes; nil if there are none.
    private mutating func batch(of chunk: Bytes) throws -> SourceBatch? {
        var rows: [(row: Bytes, end: Int64)] = []
        try splitter.push(chunk) { rows.append(($0, $1)) }
        return try batch(of: rows)
    }

    private mutating func finish() throws -> SourceBatch? {
        guard let row = splitter.finish() else { return nil }
        return try batch(of: [(row, splitter.end)])
    }

    private mutating func batch(of rows: [(row: Bytes, end: Int64)]) throws -> SourceBatch? {
        guard let file else { return nil }
        var records: [SourceRecord] = []
        for (row, end) in rows {
            do {
                if format.hasQuotes, header == nil {
                    header = try format.header(row)
                } else if end > known, let record = try format.record(row, header: header ?? []) {
                    records.append(record)
                }
            } catch let fault as FileFault {
                let place = "the row of \(file.path) that ends at byte \(end): \(fault)"
                guard skipsBadRows, header != nil || !format.hasQuotes else { throw FileFault(place) }
                report("passed over \(place)")
            }
        }
        guard let end = rows.last?.end, !records.isEmpty else { return nil }
        return SourceBatch(records: records, position: FilePosition(file.identity, offset: end).bytes)
    }
}

import KafkaBroker
import KafkaProtocol
import MillraceCommandLine

let describeLogs = Command(
    "describe", "Shows the files of partitions with what is in them, and names damaged places.",
    discussion: "A broker may be at work in the directory. \"verify\" looks at indexes, checkpoints and lists, too.",
    options: [.json], positionals: [directory, partitions]
) { invocation in
    let arguments = invocation.arguments
    var listing = Listing(
        "partition", "segment", "bytes", "batches", "records", "firstOffset", "nextOffset", "maxTimestamp", "damages")
    var damages: [String] = []
    for partition in try chosenPartitions(arguments) {
        var segment: SegmentSum?
        func end() {
            guard let segment else { return }
            listing.add(row: [.text(partition.description)] + segment.cells)
        }
        try Broker.readLog(of: partition, inDirectory: arguments.positionals[0]) { piece in
            if case .segment(let path, let base, let bytes) = piece {
                end()
                segment = SegmentSum(path: path, base: base, bytes: bytes)
            } else if let damage = segment?.take(piece) {
                damages.append(damage)
            }
            return !invocation.stop.isRequested
        }
        end()
    }
    try listing.print(asJSON: arguments.flag("json"))
    for damage in damages { invocation.console.warning(damage) }
    guard damages.isEmpty else { throw CommandFailure("\(damages.count) damaged place\(damages.count == 1 ? "" : "s")") }
}

let dumpLogs = Command(
    "dump", "Prints the batches of a partition's files, or their records, and names damaged places.",
    discussion: "A broker may be at work in the directory. Records of transactions that were aborted are printed, too.",
    options: [
        .flag("records", "Prints each record as a line of JSON, as \"broker consume --json\" does."),
        CommandOption("from-offset", "N", "Begins at this offset.", kind: .integer(0...Int.max), default: "0"),
        CommandOption("max", "N", "Ends after N batches, or records.", kind: .integer(0...Int.max)),
        CommandOption("key-format", "FORMAT", "How keys are printed.", kind: formatKind, default: "string"),
        CommandOption("value-format", "FORMAT", "How values are printed.", kind: formatKind, default: "string"),
        .json,
    ],
    positionals: [directory, CommandPositional("PARTITION", "The partition, as the directory is called: orders-0.")]
) { invocation in
    try LogDump(invocation).run()
}

private let directory = CommandPositional("DIR", "The data directory.")
private let partitions = CommandPositional(
    "PARTITION", "A partition, as its directory is called: orders-0. Default: all.", isRepeatable: true, isOptional: true)

/// Throws `UsageError` for a partition that has no log there.
private func chosenPartitions(_ arguments: ParsedArguments) throws -> [TopicPartition] {
    let all = try Broker.partitions(inDirectory: arguments.positionals.first ?? "")
    let names = arguments.positionals.dropFirst()
    guard !names.isEmpty else { return all }
    return try names.map { name in
        guard let found = all.first(where: { Name($0.description) == Name(name) }) else {
            throw UsageError("there is no log of a partition \"\(name)\"")
        }
        return found
    }
}

/// What one file of a partition has.
private struct SegmentSum {
    let path: String
    let base: Int64
    let bytes: Int
    private var batches = 0
    private var records = 0
    private var first: Int64?
    private var next: Int64?
    private var latest: Int64?
    private var damages = 0

    init(path: String, base: Int64, bytes: Int) {
        self.path = path
        self.base = base
        self.bytes = bytes
    }

    /// Returns what is to be said of the piece.
    mutating func take(_ piece: LogPiece) -> String? {
        switch piece {
        case .segment: return nil
        case .batch(let header, _, _):
            batches += 1
            records += Int(header.recordCount)
            first = first ?? header.baseOffset
            next = header.nextOffset
            if header.maxTimestamp >= 0 { latest = max(latest ?? header.maxTimestamp, header.maxTimestamp) }
            return nil
        case .damage(let bytes, let isTorn, let reason):
            guard !isTorn else { return nil }
            damages += 1
            return "\(path), bytes \(bytes.lowerBound) to \(bytes.upperBound - 1): \(reason)"
        }
    }

    var cells: [Listing.Cell] {
        [
            .init(base), .init(bytes), .init(batches), .init(records), .init(first), .init(next), .init(latest),
            .init(damages),
        ]
    }
}

/// One `broker logs dump`.
private struct LogDump {
    private let directory: String
    private let partition: TopicPartition
    private let printer: RecordPrinter
    private let printsRecords: Bool
    private let isJSON: Bool
    private let start: Int64
    private let limit: Int
    private let invocation: Invocation

    init(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        directory = arguments.positionals.first ?? ""
        guard let partition = try chosenPartitions(arguments).first else { throw UsageError("PARTITION is missing") }
        self.partition = partition
        printer = RecordPrinter(
            keyFormat: try RecordFormat(parsing: arguments.required("key-format")),
            valueFormat: try RecordFormat(parsing: arguments.required("value-format")), isJSON: true)
        printsRecords = arguments.flag("records")
        isJSON = arguments.flag("json")
        start = Int64(arguments.integer("from-offset") ?? 0)
        limit = arguments.integer("max") ?? .max
        self.invocation = invocation
    }

    /// Throws `CommandFailure` at the end if something is damaged.
    func run() throws {
        let output = OutputWriter()
        var left = limit
        var damages = 0
        var path = ""
        var listing = Self.columns
        func writeBatches() {
            if !listing.isEmpty { listing.write(to: output, asJSON: isJSON, title: path) }
            listing = Self.columns
        }
        try Broker.readLog(of: partition, inDirectory: directory, from: start) { piece in
            switch piece {
            case .segment(let file, _, _):
                writeBatches()
                path = file
            case .batch(let header, let position, let bytes):
                guard header.nextOffset > start, left > 0 else { break }
                if printsRecords {
                    try write(bytes, &left, to: output, at: "\(path), byte \(position)")
                } else {
                    listing.add(row: Self.cells(header, position))
                    if listing.count >= Self.batchesTogether { writeBatches() }
                    left -= 1
                }
                try output.flushIfFull()
            case .damage(let bytes, let isTorn, let reason):
                writeBatches()
                try output.flush()
                let place = "\(path), bytes \(bytes.lowerBound) to \(bytes.upperBound - 1)"
                invocation.console.warning("\(place): \(isTorn ? "a write that was not completed" : reason)")
                if !isTorn { damages += 1 }
            }
            return left > 0 && !invocation.stop.isRequested
        }
        writeBatches()
        try output.flush()
        guard damages == 0 else { throw CommandFailure("\(damages) damaged place\(damages == 1 ? "" : "s")") }
    }

    private func write(_ bytes: Bytes, _ left: inout Int, to output: OutputWriter, at place: String) throws {
        do {
            let batch = try RecordBatch(bytes)
            guard !batch.header.isControl else { return }
            var records = try batch.records()
            while left > 0, let record = try records.next() {
                guard record.offset >= start else { continue }
                try printer.write(record, from: partition, into: &output.buffer)
                left -= 1
            }
        } catch let error as KafkaProtocolError {
            throw CommandFailure("\(place): \(error)")
        }
    }

    /// As many batches are put into one table.
    private static let batchesTogether = 1000

    private static let columns = Listing(
        "baseOffset", "lastOffset", "records", "position", "bytes", "maxTimestamp", "compression", "producerId",
        "producerEpoch", "baseSequence", "isTransactional", "isControl")

    private static func cells(_ header: RecordBatchHeader, _ position: Int) -> [Listing.Cell] {
        [
            .init(header.baseOffset), .init(header.lastOffset), .init(header.recordCount), .init(position),
            .init(header.sizeInBytes), .init(header.maxTimestamp < 0 ? nil : header.maxTimestamp),
            .text("\(header.compression)"), .init(header.producerId < 0 ? nil : header.producerId),
            .init(header.producerEpoch < 0 ? nil : header.producerEpoch),
            .init(header.baseSequence < 0 ? nil : header.baseSequence), .flag(header.isTransactional),
            .flag(header.isControl),
        ]
    }
}

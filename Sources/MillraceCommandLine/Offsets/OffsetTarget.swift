public import KafkaProtocol

/// Where offsets of a group are to be moved to.
public enum OffsetTarget: Sendable, Equatable {
    /// To the first records there are.
    case earliest
    /// Behind the last ones.
    case latest
    /// To where they are; where nothing is committed, behind the last record.
    case current
    /// To an offset.
    case offset(Int64)
    /// To the first record with this time, in milliseconds since 1970, or a later one; behind the last if there is none.
    case time(Int64)
    /// By so many records, back if negative.
    case shift(Int64)
    /// To these; of other partitions nothing is changed.
    case each([TopicPartition: Int64])
}

extension OffsetTarget {
    /// The options that choose a target, of which a command line has one.
    public static let options: [CommandOption] = [
        .flag("to-earliest", "To the first records there are."),
        .flag("to-latest", "Behind the last records."),
        CommandOption("to-offset", "N", "To this offset.", kind: .integer(0...Int.max)),
        CommandOption(
            "to-datetime", "TIME",
            "To the first record of this time or a later one: 2026-11-28T09:30:00Z, or milliseconds since 1970.",
            kind: .checked { _ = try Datetime(parsing: $0) }),
        CommandOption(
            "by-duration", "DURATION", "To the first record that is no older than this, such as 2h.", kind: .duration),
        CommandOption("shift-by", "N", "On by so many records, or back by -N.", kind: .integer(Int.min...Int.max)),
        CommandOption(
            "from-file", "FILE",
            "To what the lines topic,partition,offset of a file say, as --export prints them; - is standard input."),
    ]

    /// `--to-current`, where that makes sense.
    public static let currentOption = CommandOption.flag(
        "to-current", "To where they are, so that they do not expire; without an offset behind the last record.")

    /// What the command line says; nil if it says nothing. Throws `UsageError` if it says more than one, or the file makes no sense.
    /// `now` is in milliseconds since 1970.
    public static func parse(_ arguments: ParsedArguments, now: Int64 = currentMilliseconds()) async throws -> OffsetTarget? {
        let flags: [(String, OffsetTarget)] = [
            ("to-earliest", .earliest), ("to-latest", .latest), ("to-current", .current),
        ]
        var given = flags.filter { arguments.flag($0.0) }.map { (name: $0.0, target: $0.1) }
        if let offset = arguments.integer("to-offset") { given.append(("to-offset", .offset(Int64(offset)))) }
        if let count = arguments.integer("shift-by") { given.append(("shift-by", .shift(Int64(count)))) }
        if let text = arguments.text("to-datetime") {
            given.append(("to-datetime", .time(try Datetime(parsing: text).milliseconds)))
        }
        if let duration = arguments.duration("by-duration") {
            given.append(("by-duration", .time(max(0, now - Int64(clamping: duration.milliseconds)))))
        }
        if let target = try await file(arguments) { given.append(("from-file", target)) }
        guard given.count <= 1 else {
            throw UsageError("only one of \(given.map { "--\($0.name)" }.joined(separator: ", ")) can hold")
        }
        return given.first?.target
    }

    /// What `--from-file` says; nil if it is not given. Throws `UsageError` if the file makes no sense.
    public static func file(_ arguments: ParsedArguments) async throws -> OffsetTarget? {
        guard let path = arguments.text("from-file") else { return nil }
        return .each(try OffsetFile.parse(try await InputReader.text(of: path), name: path))
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).overflow ? .max : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

/// Offsets as lines of text: `topic,partition,offset`, as Kafka's tools write and read them.
enum OffsetFile {
    /// Throws `UsageError` with the number of a line that makes no sense.
    static func parse(_ text: String, name: String) throws -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.filter { $0 != "\r" }
            if line.allSatisfy(\.isWhitespace) { continue }
            let parts = line.split(separator: ",", omittingEmptySubsequences: false).map { part in
                String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
            guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), partition >= 0,
                let offset = Int64(parts[2]), offset >= 0
            else { throw UsageError("line \(number + 1) of \(name) is not of the form topic,partition,offset") }
            guard offsets.updateValue(offset, forKey: TopicPartition(parts[0], partition)) == nil else {
                throw UsageError("line \(number + 1) of \(name): \(parts[0]),\(partition) is there more than once")
            }
        }
        return offsets
    }

    static func text(_ offsets: [TopicPartition: Int64]) -> String {
        offsets.sorted { $0.key < $1.key }.map { "\($0.key.topic),\($0.key.partition),\($0.value)\n" }.joined()
    }
}

extension InputReader {
    /// The text of a whole file; `-` is standard input. Throws `CommandFailure`.
    public static func text(of path: String) async throws -> String {
        let reader = try InputReader(path: path)
        var bytes = ByteWriter()
        while let chunk = try await reader.next() {
            bytes.write(raw: chunk)
            guard bytes.count <= 16 << 20 else { throw CommandFailure("\(path) is too large") }
        }
        return bytes.finish().string
    }
}

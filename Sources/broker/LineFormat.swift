import KafkaProtocol
import MillraceCommandLine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a line becomes a record.
struct LineFormat: Sendable {
    private let separator: Bytes?
    private let keyFormat: RecordFormat
    private let valueFormat: RecordFormat
    private let nullMarker: Bytes?
    private let isJSON: Bool
    private let headers: [RecordHeader]
    private let timestamp: Int64?
    private let partition: Int32?
    /// Whether keys and values are bytes of the line as they stand there, and there is nothing else.
    let isPlain: Bool

    /// What the command line says. Throws `UsageError`.
    init(_ arguments: ParsedArguments) throws {
        separator = try arguments.text("key-separator").map { try Bytes(utf8: unescaped($0, option: "key-separator")) }
        keyFormat = try RecordFormat(parsing: arguments.required("key-format"))
        valueFormat = try RecordFormat(parsing: arguments.required("value-format"))
        nullMarker = arguments.text("null-marker").map { Bytes(utf8: $0) }
        isJSON = arguments.flag("json")
        headers = arguments.texts("header").map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return RecordHeader(key: String(parts[0]), value: Bytes(utf8: String(parts.dropFirst().first ?? "")))
        }
        timestamp = try arguments.text("timestamp").map { try Datetime(parsing: $0).milliseconds }
        partition = arguments.integer("partition").map { Int32($0) }
        guard !isJSON || separator == nil && nullMarker == nil else {
            throw UsageError("--key-separator and --null-marker do not go with --json, which has names and null for that")
        }
        isPlain =
            !isJSON && keyFormat == .string && valueFormat == .string && nullMarker == nil && headers.isEmpty
            && timestamp == nil && partition == nil
    }

    /// The line's key and value. Throws `CommandFailure` if the line has no separator and there should be one.
    func parts(
        of line: UnsafeRawBufferPointer, number: Int
    ) throws -> (key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer) {
        guard let separator else { return (nil, line) }
        let found = separator.withUnsafeBytes { firstPlace(of: $0, in: line) }
        guard let found else {
            throw CommandFailure("line \(number) has no key separator \"\(separator)\"; the lines before it are sent")
        }
        let valueStart = found + separator.count
        return (
            UnsafeRawBufferPointer(rebasing: line[..<found]), UnsafeRawBufferPointer(rebasing: line[valueStart...])
        )
    }

    /// The line as a record. Throws `CommandFailure` if it is none.
    func record(of line: UnsafeRawBufferPointer, number: Int) throws -> RecordLine {
        do {
            var record: RecordLine
            if isJSON {
                guard let text = String(validating: line, as: UTF8.self) else { throw ValueError("the line is no text") }
                record = try RecordLine(parsing: text, keyFormat: keyFormat, valueFormat: valueFormat)
            } else {
                let (key, value) = try parts(of: line, number: number)
                record = RecordLine(
                    key: try key.flatMap { try bytes(of: $0, keyFormat) }, value: try bytes(of: value, valueFormat))
            }
            record.headers += headers
            record.timestamp = record.timestamp ?? timestamp
            record.partition = record.partition ?? partition
            return record
        } catch let error as ValueError {
            throw CommandFailure("line \(number): \(error); the lines before it are sent")
        }
    }

    /// Nil for what stands for nothing.
    private func bytes(of part: UnsafeRawBufferPointer, _ format: RecordFormat) throws -> Bytes? {
        let bytes = Bytes(Array(part))
        if let nullMarker, bytes == nullMarker { return nil }
        return format == .string ? bytes : try format.bytes(of: bytes.string)
    }
}

/// Where `pattern` first stands in `bytes`.
private func firstPlace(of pattern: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let wanted = pattern.baseAddress else { return nil }
    var start = 0
    while start + pattern.count <= bytes.count,
        let found = memchr(base + start, Int32(pattern[0]), bytes.count - pattern.count - start + 1)
    {
        if memcmp(found, wanted, pattern.count) == 0 { return UnsafeRawPointer(found) - base }
        start = UnsafeRawPointer(found) - base + 1
    }
    return nil
}

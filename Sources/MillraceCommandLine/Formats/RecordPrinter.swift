public import KafkaProtocol

/// Writes records as lines of text or of JSON.
///
/// A JSON line is `{"topic","partition","offset","timestamp","headers":[[name,value]],"key","value"}` with the key and
/// the value in their formats and header values as strings or null. A line of text is the value, after the key and the
/// separator if keys are asked for.
public struct RecordPrinter: Sendable {
    /// How keys are shown.
    public var keyFormat: RecordFormat
    /// How values are shown.
    public var valueFormat: RecordFormat
    /// Whether lines are JSON.
    public var isJSON: Bool
    /// What stands between key and value in a line of text; nil for values alone.
    public var keySeparator: String?

    /// A printer.
    public init(keyFormat: RecordFormat, valueFormat: RecordFormat, isJSON: Bool, keySeparator: String? = nil) {
        self.keyFormat = keyFormat
        self.valueFormat = valueFormat
        self.isJSON = isJSON
        self.keySeparator = keySeparator
    }

    /// Appends a record as one line. Throws `CommandFailure` that names the record's place if its bytes do not fit the
    /// format; nothing is appended then.
    public func write(_ record: RecordView, from source: TopicPartition, into writer: inout ByteWriter) throws {
        let before = writer.count
        do {
            if isJSON {
                try writeJSON(record, from: source, into: &writer)
            } else {
                if let keySeparator {
                    try label("key") { try keyFormat.writeText(record.key, into: &writer) }
                    writer.write(utf8: keySeparator)
                }
                try label("value") { try valueFormat.writeText(record.value, into: &writer) }
            }
            writer.write(UInt8(ascii: "\n"))
        } catch {
            writer.truncate(to: before)
            throw CommandFailure(
                "topic \(source.topic), partition \(source.partition), offset \(record.offset): \(error)")
        }
    }

    private func writeJSON(_ record: RecordView, from source: TopicPartition, into writer: inout ByteWriter) throws {
        writer.write(utf8: "{\"topic\":")
        writer.writeJSONString(source.topic)
        writer.write(utf8: ",\"partition\":")
        writer.write(decimal: Int64(source.partition))
        writer.write(utf8: ",\"offset\":")
        writer.write(decimal: record.offset)
        writer.write(utf8: ",\"timestamp\":")
        writer.write(decimal: record.timestamp)
        writer.write(utf8: ",\"headers\":[")
        var isFirst = true
        for header in record.headers {
            writer.write(utf8: isFirst ? "[" : ",[")
            isFirst = false
            writer.writeJSONString(header.key)
            writer.write(UInt8(ascii: ","))
            try RecordFormat.string.writeJSON(header.value, into: &writer)
            writer.write(UInt8(ascii: "]"))
        }
        writer.write(utf8: "],\"key\":")
        try label("key") { try keyFormat.writeJSON(record.key, into: &writer) }
        writer.write(utf8: ",\"value\":")
        try label("value") { try valueFormat.writeJSON(record.value, into: &writer) }
        writer.write(UInt8(ascii: "}"))
    }

    private func label(_ part: StaticString, _ body: () throws -> Void) throws {
        do { try body() } catch { throw ValueError("the \(part) is not as expected: \(error)") }
    }
}

extension ByteWriter {
    /// Appends the text as a JSON string with its quotes.
    mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { writeJSONString(UnsafeRawBufferPointer($0)) }
    }
}

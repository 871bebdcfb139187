public import KafkaProtocol

/// Writes records as lines of text or of JSON.
///
/// A JSON line is `{"topic","partition","offset","timestamp","headers":[[name,value]],"key","value"}` with the key and
/// the value in their formats and header values as strings or null. A line of text is the value, after what else is asked
/// for in the order and the words of Kafka's console consumer: `CreateTime:5`, `Partition:0`, `Offset:7`, headers, the key.
public struct RecordPrinter: Sendable {
    /// What a line of text may have before key and value.
    public enum Part: Sendable, Hashable {
        /// The timestamp in milliseconds since 1970.
        case timestamp
        /// The partition.
        case partition
        /// The offset.
        case offset
        /// The headers as `name:value,name:value`, or `NO_HEADERS`.
        case headers
    }

    /// How keys are shown.
    public var keyFormat: RecordFormat
    /// How values are shown.
    public var valueFormat: RecordFormat
    /// Whether lines are JSON.
    public var isJSON: Bool
    /// What stands between key and value in a line of text; nil for values alone.
    public var keySeparator: String?
    /// What else a line of text has, each with a separator behind it.
    public var parts: Set<Part> = []
    /// That separator.
    public var partSeparator = "\t"

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
                if !parts.isEmpty { writeParts(of: record, from: source, into: &writer) }
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

    private func writeParts(of record: RecordView, from source: TopicPartition, into writer: inout ByteWriter) {
        func write(_ part: Part, _ body: (inout ByteWriter) -> Void) {
            guard parts.contains(part) else { return }
            body(&writer)
            writer.write(utf8: partSeparator)
        }
        write(.timestamp) { writer in
            writer.write(utf8: "CreateTime:")
            writer.write(decimal: record.timestamp)
        }
        write(.partition) { writer in
            writer.write(utf8: "Partition:")
            writer.write(decimal: Int64(source.partition))
        }
        write(.offset) { writer in
            writer.write(utf8: "Offset:")
            writer.write(decimal: record.offset)
        }
        write(.headers) { writer in
            var isFirst = true
            for header in record.headers {
                if !isFirst { writer.write(UInt8(ascii: ",")) }
                isFirst = false
                writer.write(utf8: header.key)
                writer.write(UInt8(ascii: ":"))
                if let value = header.value { writer.write(raw: value) } else { writer.write(utf8: "null") }
            }
            if isFirst { writer.write(utf8: "NO_HEADERS") }
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

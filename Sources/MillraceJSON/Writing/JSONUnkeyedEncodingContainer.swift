/// The elements of an array that is being written.
struct JSONUnkeyedEncodingContainer: UnkeyedEncodingContainer {
    let writer: JSONWriter
    /// The array, among the values of the writer. -1: nothing can be written.
    let serial: Int
    private(set) var count = 0

    init(writer: JSONWriter, serial: Int) {
        self.writer = writer
        self.serial = serial
    }

    var codingPath: [any CodingKey] { writer.path(to: serial) }

    /// Writes an element. If its value cannot be written, nothing is.
    private mutating func write(_ body: (JSONWriter) throws -> Void) throws {
        let mark = writer.mark
        try writer.beginElement(in: serial)
        do {
            try body(writer)
        } catch {
            writer.reset(to: mark)
            throw error
        }
        count += 1
    }

    mutating func encodeNil() throws { try write { $0.writeNull() } }
    mutating func encode(_ value: Bool) throws { try write { $0.write(value) } }
    mutating func encode(_ value: String) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Double) throws { try write { try $0.write(value) } }
    mutating func encode(_ value: Float) throws { try write { try $0.write(value) } }
    mutating func encode(_ value: Int) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Int8) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Int16) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Int32) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Int64) throws { try write { $0.write(value) } }
    mutating func encode(_ value: Int128) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt8) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt16) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt32) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt64) throws { try write { $0.write(value) } }
    mutating func encode(_ value: UInt128) throws { try write { $0.write(value) } }
    mutating func encode<T: Encodable>(_ value: T) throws { try write { try $0.encode(value) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nested().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { nested() }

    /// The encoder of an element that is written beside others.
    private mutating func nested() -> JSONNodeEncoder {
        guard (try? writer.beginElement(in: serial)) != nil else { return JSONNodeEncoder(writer: writer, serial: -1) }
        count += 1
        let nested = writer.beginHole(nil, in: serial)
        return JSONNodeEncoder(writer: nested, serial: nested.frame.serial)
    }
}

/// The members of an object that is being written.
struct JSONKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    /// The object, among the values of the writer. -1: nothing can be written.
    let serial: Int

    var codingPath: [any CodingKey] { writer.path(to: serial) }

    /// Writes a member. If its value cannot be written, nothing is.
    @inline(__always)
    private func write(_ key: Key, _ body: (JSONWriter) throws -> Void) throws {
        let mark = writer.mark
        try writer.beginMember(key.stringValue, in: serial)
        do {
            try body(writer)
        } catch {
            writer.reset(to: mark)
            throw error
        }
    }

    /// Writes a member whose value can be written in any case.
    @inline(__always)
    private func writeSimple(_ key: Key, _ body: (JSONWriter) -> Void) throws {
        try writer.beginMember(key.stringValue, in: serial)
        body(writer)
    }

    func encodeNil(forKey key: Key) throws { try writeSimple(key) { $0.writeNull() } }
    func encode(_ value: Bool, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: String, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Double, forKey key: Key) throws { try write(key) { try $0.write(value) } }
    func encode(_ value: Float, forKey key: Key) throws { try write(key) { try $0.write(value) } }
    func encode(_ value: Int, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Int8, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Int16, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Int32, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Int64, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: Int128, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt8, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt16, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt32, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt64, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode(_ value: UInt128, forKey key: Key) throws { try writeSimple(key) { $0.write(value) } }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try write(key) { try $0.encode(value) } }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        nested(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key.stringValue).unkeyedContainer() }
    func superEncoder() -> any Encoder { nested(JSONKey.super.stringValue) }
    func superEncoder(forKey key: Key) -> any Encoder { nested(key.stringValue) }

    /// The encoder of a member that is written beside others: the same one if it is asked for again.
    private func nested(_ name: String) -> JSONNodeEncoder {
        if let hole = writer.holes.last(where: { $0.serial == serial && $0.name == name }) {
            return JSONNodeEncoder(writer: hole.writer, serial: hole.writer.frame.serial)
        }
        guard (try? writer.beginMember(name, in: serial)) != nil else { return JSONNodeEncoder(writer: writer, serial: -1) }
        let nested = writer.beginHole(name, in: serial)
        return JSONNodeEncoder(writer: nested, serial: nested.frame.serial)
    }
}

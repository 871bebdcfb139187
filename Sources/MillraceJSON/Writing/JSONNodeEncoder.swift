/// The encoder of one value, which is its single-value container as well.
struct JSONNodeEncoder: Encoder {
    let writer: JSONWriter
    /// The value, among those of the writer. -1: nothing can be written.
    let serial: Int

    var codingPath: [any CodingKey] { writer.path(to: serial) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let container = JSONKeyedEncodingContainer<Key>(writer: writer, serial: open(.object))
        if ObjectIdentifier(type) == JSONDictionaryKeys.type { writer.frame.isSorted = true }
        return KeyedEncodingContainer(container)
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONUnkeyedEncodingContainer(writer: writer, serial: open(.array))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// The value's number if it can have a container of that kind, else -1, and an error when the value ends.
    private func open(_ kind: JSONFrame.Kind) -> Int {
        guard serial > 0, writer.frame.serial == serial, writer.open(kind) else {
            writer.noteMisuse()
            return -1
        }
        return serial
    }

    /// Writes the value's only content.
    private func write(_ body: (JSONWriter) throws -> Void) throws {
        try writer.check(serial)
        let mark = writer.mark
        guard writer.open(.single) else { throw writer.noteMisuse() }
        do {
            try body(writer)
        } catch {
            writer.reset(to: mark)
            throw error
        }
    }
}

extension JSONNodeEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { try write { $0.writeNull() } }
    func encode(_ value: Bool) throws { try write { $0.write(value) } }
    func encode(_ value: String) throws { try write { $0.write(value) } }
    func encode(_ value: Double) throws { try write { try $0.write(value) } }
    func encode(_ value: Float) throws { try write { try $0.write(value) } }
    func encode(_ value: Int) throws { try write { $0.write(value) } }
    func encode(_ value: Int8) throws { try write { $0.write(value) } }
    func encode(_ value: Int16) throws { try write { $0.write(value) } }
    func encode(_ value: Int32) throws { try write { $0.write(value) } }
    func encode(_ value: Int64) throws { try write { $0.write(value) } }
    func encode(_ value: Int128) throws { try write { $0.write(value) } }
    func encode(_ value: UInt) throws { try write { $0.write(value) } }
    func encode(_ value: UInt8) throws { try write { $0.write(value) } }
    func encode(_ value: UInt16) throws { try write { $0.write(value) } }
    func encode(_ value: UInt32) throws { try write { $0.write(value) } }
    func encode(_ value: UInt64) throws { try write { $0.write(value) } }
    func encode(_ value: UInt128) throws { try write { $0.write(value) } }
    func encode<T: Encodable>(_ value: T) throws { try write { try $0.encode(value) } }
}

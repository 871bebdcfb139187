/// The items of an array that is being written.
struct AvroUnkeyedEncodingContainer: UnkeyedEncodingContainer {
    let encoder: AvroNodeEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.next }

    /// Writes an item. If its value cannot be written, nothing is.
    private func write(_ value: @autoclosure () -> Any, _ body: (AvroOutput, Int) throws -> Void) throws {
        do {
            try encoder.writeItem(body)
        } catch let misfit as AvroMisfit {
            throw misfit.error(value(), codingPath + [AvroKey(index: count)])
        }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.nestedItem().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.nestedItem().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.nestedItem() }

    func encodeNil() throws { try write(Any?.none as Any) { try $0.writeNull($1) } }
    func encode(_ value: Bool) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: String) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Double) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Float) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int8) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int16) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int32) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int64) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: Int128) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt8) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt16) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt32) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt64) throws { try write(value) { try $0.write(value, $1) } }
    func encode(_ value: UInt128) throws { try write(value) { try $0.write(value, $1) } }

    func encode<T: Encodable>(_ value: T) throws {
        try write(value) { try $0.encode(value, $1, parent: encoder, step: .item(count)) }
    }
}

import KafkaProtocol

/// The fields of a record or the items of a map that is being written.
struct AvroKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: AvroNodeEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    /// Writes a field or item. If its value cannot be written, nothing is.
    @inline(__always)
    private func write(_ value: @autoclosure () -> Any, _ key: Key, _ body: (AvroOutput, Int, Int) throws -> Void) throws {
        let name = key.stringValue
        let output = encoder.output
        let begin = output.bytes.count
        do {
            try encoder.check()
            let next = encoder.next
            if case .record(let plan) = encoder.shape, next < plan.fields.count, plan.fields[next].name == name, encoder.isInOrder {
                try body(output, plan.fields[next].node, next)
                encoder.next = next + 1
            } else {
                try encoder.writePiece(name, body)
            }
        } catch {
            if output.bytes.count > begin { output.bytes.truncate(to: begin) }
            guard let misfit = error as? AvroMisfit else { throw error }
            throw misfit.error(value(), codingPath + [key])
        }
    }

    /// The same for values that do not ask where they are.
    @inline(__always)
    private func write(_ value: @autoclosure () -> Any, _ key: Key, _ body: (AvroOutput, Int) throws -> Void) throws {
        try write(value(), key) { output, node, _ in try body(output, node) }
    }

    /// Null where the schema takes it, else the field's default.
    private func writeNil(_ key: Key) throws {
        try write(Any?.none as Any, key) { output, node, place in
            guard !output.takesNull(node), case .record(let plan) = encoder.shape else { return try output.writeNull(node) }
            try output.writeFallback(place, plan)
        }
    }

    /// The same for a field that a value may have. What is nil needs no field in the schema.
    @inline(__always)
    private func writeIfPresent<T>(_ value: T?, _ key: Key, _ body: (T, AvroOutput, Int) throws -> Void) throws {
        if let value { return try write(value, key) { output, node, _ in try body(value, output, node) } }
        if encoder.hasPlace(for: key.stringValue) { try writeNil(key) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        encoder.nested(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder.nested(key.stringValue).unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.nested(AvroKey.super.stringValue) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.nested(key.stringValue) }

    func encodeNil(forKey key: Key) throws { try writeNil(key) }
    func encode(_ value: Bool, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: String, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Double, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Float, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int8, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int16, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int32, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int64, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: Int128, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt8, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt16, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt32, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt64, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }
    func encode(_ value: UInt128, forKey key: Key) throws { try write(value, key) { try $0.write(value, $1) } }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try write(value, key) { output, node, _ in try output.encode(value, node, parent: encoder, step: .key(key.stringValue)) }
    }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }
    func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try writeIfPresent(value, key) { try $1.write($0, $2) } }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        try writeIfPresent(value, key) { value, output, node in
            try output.encode(value, node, parent: encoder, step: .key(key.stringValue))
        }
    }
}

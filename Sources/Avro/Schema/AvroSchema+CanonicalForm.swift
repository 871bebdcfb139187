import MillraceJSON
import KafkaProtocol

extension AvroSchema {
    /// The Parsing Canonical Form: the text without what does not matter for reading, with full names, members in a fixed order and no
    /// space. Schemas with the same one write the same bytes. What came with references is defined in it.
    public var canonicalForm: String {
        var defined: Set<String> = []
        return canonical(type, defined: &defined).bytes.string
    }

    /// The CRC-64-AVRO of the canonical form.
    public var fingerprint: UInt64 { AvroFingerprint.of(canonicalForm.utf8) }

    private func canonical(_ type: AvroType, defined: inout Set<String>) -> JSONValue {
        switch type.kind {
        case .array(let items): return ["type": "array", "items": canonical(items, defined: &defined)]
        case .map(let values): return ["type": "map", "values": canonical(values, defined: &defined)]
        case .union(let branches): return .array(branches.map { canonical($0, defined: &defined) })
        case .named(let name):
            guard let definition = definitions[name], defined.insert(name).inserted else { return .string(name) }
            switch definition.shape {
            case .record(let fields):
                let fields = fields.map { ["name": .string($0.name), "type": canonical($0.type, defined: &defined)] as JSONValue }
                return ["name": .string(name), "type": "record", "fields": .array(fields)]
            case .enumeration(let symbols, _):
                return ["name": .string(name), "type": "enum", "symbols": .array(symbols.map { .string($0) })]
            case .fixed(let size): return ["name": .string(name), "type": "fixed", "size": .count(size)]
            }
        default: return .string(type.name)
        }
    }
}

/// CRC-64-AVRO, as the specification defines it: a Rabin fingerprint of 64 bits.
enum AvroFingerprint {
    private static let empty: UInt64 = 0xc15d_213a_a4d7_a795

    private static let table: [UInt64] = (0..<256).map { byte in
        (0..<8).reduce(UInt64(byte)) { value, _ in (value >> 1) ^ (empty & (0 &- (value & 1))) }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(empty) { value, byte in (value >> 8) ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    }
}

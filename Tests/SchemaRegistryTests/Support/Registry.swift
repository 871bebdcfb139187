import KafkaProtocol

@testable import SchemaRegistry

/// A state with the records that have led to it.
struct TestRegistry {
    var state = RegistryState()
    var records: [RegistryRecord] = []

    /// Carries a decision out. The answer is the decision's.
    mutating func carryOut<R>(_ decide: (RegistryState) throws(RegistryRefusal) -> RegistryState.Decision<R>) throws(RegistryRefusal) -> R {
        let decision = try decide(state)
        for record in decision.records { state.apply(record) }
        records += decision.records
        return decision.answer
    }

    @discardableResult mutating func register(
        _ text: String, _ subject: String, type: SchemaType = .avro, references: [SchemaReference] = [], id: Int32? = nil,
        version: Int32? = nil
    ) throws(RegistryRefusal) -> RegisteredSchema {
        try carryOut { state throws(RegistryRefusal) in
            try state.register(Schema(text, type: type, references: references), as: subject, id: id, version: version)
        }
    }

    @discardableResult mutating func delete(_ subject: String, permanent: Bool = false) throws(RegistryRefusal) -> [Int32] {
        try carryOut { state throws(RegistryRefusal) in try state.delete(subject, permanent: permanent) }
    }

    @discardableResult mutating func delete(
        _ version: VersionSelector, of subject: String, permanent: Bool = false
    ) throws(RegistryRefusal) -> Int32 {
        try carryOut { state throws(RegistryRefusal) in try state.delete(version, of: subject, permanent: permanent) }
    }

    mutating func set(_ level: CompatibilityLevel, for subject: String? = nil) throws(RegistryRefusal) {
        _ = try carryOut { state throws(RegistryRefusal) in try state.set(level, for: subject) }
    }

    mutating func set(_ mode: RegistryMode, for subject: String? = nil, force: Bool = false) throws(RegistryRefusal) {
        _ = try carryOut { state throws(RegistryRefusal) in try state.set(mode, for: subject, force: force) }
    }

    /// The state that another registry comes to by the same records, read back from their bytes, of which compaction has left the
    /// last of each key.
    func replayed() throws -> RegistryState {
        var last: [Bytes: Int] = [:]
        let encoded = try records.map { try $0.encoded() }
        for (index, record) in encoded.enumerated() { last[record.key] = index }
        var state = RegistryState()
        for (index, record) in encoded.enumerated() where last[record.key] == index {
            state.apply(try RegistryRecord(key: record.key, value: record.value))
        }
        return state
    }
}

/// The code of what a call refuses; nil if it does not.
func code<R>(_ body: () throws -> R) -> Int? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? RegistryRefusal)?.code ?? -1
    }
}

/// An Avro record with fields of type string.
func avroRecord(_ fields: String..., name: String = "Order", optional: [String] = []) -> String {
    let all = fields.map { #"{"name":"\#($0)","type":"string"}"# } + optional.map { #"{"name":"\#($0)","type":"string","default":""}"# }
    return #"{"type":"record","name":"\#(name)","fields":[\#(all.joined(separator: ","))]}"#
}

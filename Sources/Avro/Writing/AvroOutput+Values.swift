import KafkaProtocol

extension AvroOutput {
    /// A value without a Swift type of its own.
    func write(_ value: AvroValue, _ node: Int) throws {
        let named = resolve(node) { fits(value, $0, byName: true) }
        guard let found = named ?? resolve(node, where: { fits(value, $0, byName: false) }) else {
            throw AvroMisfit(reason: "a value of another kind where the schema has \(program.nodes[node].kind.name)")
        }
        switch value {
        case .null: break
        case .boolean(let value): bytes.write(value)
        case .int(let value): bytes.writeVarint(Int64(value))
        case .long(let value): bytes.writeVarint(value)
        case .float(let value): bytes.write(littleEndian: value.bitPattern)
        case .double(let value): bytes.write(littleEndian: value.bitPattern)
        case .string(let value): write(text: value)
        case .bytes(let value):
            bytes.writeVarint(Int64(value.count))
            bytes.write(raw: value)
        case .fixed(let value, _): bytes.write(raw: value)
        case .enumeration(let symbol, _): bytes.writeVarint(Int64(program.enumerations[found.detail].numbers[symbol] ?? 0))
        case .array(let values):
            try write { _ in
                if !values.isEmpty { bytes.writeVarint(Int64(values.count)) }
                for value in values { try write(value, found.detail) }
                bytes.writeVarint(0)
            }
        case .map(let values):
            try write { _ in
                if !values.isEmpty { bytes.writeVarint(Int64(values.count)) }
                // In an order of their own, so that equal values have equal bytes.
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    write(text: key)
                    try write(value, found.detail)
                }
                bytes.writeVarint(0)
            }
        case .record(let record): try write { _ in try write(record, program.records[found.detail]) }
        }
    }

    /// Whether a node writes such a value. Where names are not looked at, any of the kind does.
    private func fits(_ value: AvroValue, _ node: AvroNode, byName: Bool) -> Bool {
        switch (value, node.kind) {
        case (.null, .null), (.boolean, .boolean), (.int, .int), (.int, .long), (.long, .long), (.float, .float), (.double, .double),
            (.bytes, .bytes), (.string, .string), (.array, .array), (.map, .map):
            // An int is written as a long only where there is no int.
            if case (.int, .long) = (value, node.kind) { !byName } else { true }
        case (.fixed(let bytes, let name), .fixed): bytes.count == node.detail && (!byName || name == program.fixedNames[node.name])
        case (.enumeration(let symbol, let name), .enumeration):
            program.enumerations[node.detail].numbers[symbol] != nil && (!byName || name == program.enumerations[node.detail].name)
        case (.record(let record), .record): !byName || record.name == program.records[node.detail].shape.name
        default: false
        }
    }

    private func write(_ record: AvroRecord, _ plan: AvroRecordPlan) throws {
        // Mostly it has been read by the same schema, if not by the same program.
        if record.shape === plan.shape || record.fieldNames == plan.shape.fieldNames {
            for (field, value) in zip(plan.fields, record.values) { try write(value, field.node) }
            return
        }
        for name in record.fieldNames where plan.place(of: name, from: 0) == nil {
            throw AvroMisfit(reason: "\(plan.shape.name) has no field \(name)")
        }
        for (index, field) in plan.fields.enumerated() {
            if let value = record[field.name] {
                try write(value, field.node)
            } else {
                try writeFallback(index, plan)
            }
        }
    }
}

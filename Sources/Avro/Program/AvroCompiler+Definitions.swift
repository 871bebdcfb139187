import KafkaProtocol

extension AvroCompiler {
    /// The node that reads a written record, enum or fixed type as another.
    mutating func named(_ written: AvroDefinition, _ writtenSide: Side, as read: AvroDefinition, _ readSide: Side) -> AvroNode {
        guard read.names(written) else { return failure("\(read.fullName) cannot be read from \(written.fullName), whose name it has not") }
        switch (written.shape, read.shape) {
        case (.record(let fields), .record(let others)):
            return record(fields, writtenSide, as: others, readSide, name: read.fullName)
        case (.enumeration(let symbols, _), .enumeration(let others, let fallback)):
            let known = Set(others)
            enumerations.append(AvroEnumPlan(name: read.fullName, symbols: symbols.map { known.contains($0) ? $0 : fallback }))
            return AvroNode(.enumeration, detail: enumerations.count - 1)
        case (.fixed(let size), .fixed(let other)):
            guard size == other else { return failure("\(read.fullName) has \(other) bytes, the writer's has \(size)") }
            fixedNames.append(read.fullName)
            var node = AvroNode(.fixed, logicalType: read.logicalType, detail: size)
            node.name = fixedNames.count - 1
            return node
        default: return failure("\(read.fullName) is \(read.word), the writer's is \(written.word)")
        }
    }

    private mutating func failure(_ reason: String) -> AvroNode { nodes[fail(reason)] }

    private mutating func record(
        _ written: [AvroField], _ writtenSide: Side, as read: [AvroField], _ readSide: Side, name: String
    ) -> AvroNode {
        // Its place is taken before those of the records in it.
        let place = records.count
        records.append(.none)
        let names = AvroFieldNames(written)
        var readers: [Int: Int] = [:]
        var defaults: [AvroRecordPlan.Default] = []
        for (index, field) in read.enumerated() {
            if let source = names.place(of: field) {
                if readers.updateValue(index, forKey: source) == nil { continue }
                return failure("\(field.name) of \(name) reads a field that another one reads")
            }
            guard field.defaultValue != nil else { return failure("\(name) has a field \(field.name) without a default, which was not written") }
            guard let bytes = self.bytes(ofDefaultOf: field, readSide) else {
                return failure("the default of \(field.name) of \(name) is not one of its values")
            }
            let type = Place(type: field.type, side: readSide)
            defaults.append(AvroRecordPlan.Default(name: field.name, place: index, node: node(type, as: type), bytes: bytes))
        }
        var fields: [AvroRecordPlan.Field] = []
        var fallbacks: [Bytes?] = []
        var size = 0
        for (index, field) in written.enumerated() {
            let type = Place(type: field.type, side: writtenSide)
            let reader = readers[index]
            let node = node(type, as: reader.map { Place(type: read[$0].type, side: readSide) } ?? type)
            if let reader, let reason = failure(of: node) { return failure("\(read[reader].name) of \(name): \(reason)") }
            size = size < 0 || nodes[node].size < 0 ? -1 : size &+ nodes[node].size
            // Sizes without end come of fixed types in many records.
            if size > Int32.max { size = -1 }
            fields.append(AvroRecordPlan.Field(name: reader.map { read[$0].name } ?? "", place: reader ?? -1, node: node))
            fallbacks.append(fallback(of: field, node, writtenSide))
        }
        let shape = AvroRecordShape(name: name, fieldNames: read.map(\.name))
        records[place] = AvroRecordPlan(shape: shape, fields: fields, defaults: defaults, fallbacks: fallbacks)
        var node = AvroNode(.record, detail: place)
        node.size = size
        return node
    }

    /// A default as if it had been written, nil if it is no value of its field.
    private mutating func bytes(ofDefaultOf field: AvroField, _ side: Side) -> Bytes? {
        guard let value = field.defaultValue else { return nil }
        var writer = ByteWriter()
        guard (try? defaults[side]?.encode(value, as: field.type, into: &writer)) != nil else { return nil }
        return writer.finish()
    }

    /// What is written where a value has no such field: the default, else null.
    private mutating func fallback(of field: AvroField, _ node: Int, _ side: Side) -> Bytes? {
        if let bytes = bytes(ofDefaultOf: field, side) { return bytes }
        switch nodes[node].kind {
        case .null: return Bytes()
        case .union:
            guard let null = unions[nodes[node].detail].null else { return nil }
            var writer = ByteWriter()
            writer.writeVarint(Int64(null))
            return writer.finish()
        default: return nil
        }
    }
}

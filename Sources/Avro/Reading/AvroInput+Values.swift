import KafkaProtocol

extension AvroInput {
    /// A value without a Swift type of its own.
    func value(_ node: Int, _ place: inout Int) throws -> AvroValue {
        let node = program.nodes[try resolve(node, &place)]
        switch node.kind {
        case .null: return .null
        case .boolean: return .boolean(try boolean(&place))
        case .int, .long, .float, .double: return try number(node, &place)
        case .bytes, .string:
            if node.target == .string { return .string(try string(&place)) }
            return .bytes(try slice(try length(&place), &place) { Bytes(copying: $0) })
        case .fixed: return .fixed(try slice(node.detail, &place) { Bytes(copying: $0) }, name: program.fixedNames[node.name])
        case .enumeration: return .enumeration(try symbol(node, &place), name: program.enumerations[node.detail].name)
        case .array:
            var values: [AvroValue] = []
            try forEachItem(&place) { input, place in values.append(try input.value(node.detail, &place)) }
            return .array(values)
        case .map:
            var values: [String: AvroValue] = [:]
            try forEachItem(&place) { input, place in
                let key = try input.string(&place)
                values[key] = try input.value(node.detail, &place)
            }
            return .map(values)
        case .record: return .record(try record(program.records[node.detail], &place))
        // They are resolved.
        case .union, .failure: throw truncated(place)
        }
    }

    private func number(_ node: AvroNode, _ place: inout Int) throws -> AvroValue {
        switch node.target {
        case .int: .int(try int(&place))
        case .long: .long(try integer(node, &place))
        case .float: .float(try floating(node, &place))
        default: .double(try floating(node, &place))
        }
    }

    /// A whole number, however it was written.
    @inline(__always)
    func integer(_ node: AvroNode, _ place: inout Int) throws -> Int64 {
        node.kind == .int ? Int64(try int(&place)) : try long(&place)
    }

    /// A number that is a float or double for the reader, however it was written.
    @inline(__always)
    func floating<F: BinaryFloatingPoint>(_ node: AvroNode, _ place: inout Int) throws -> F {
        switch node.kind {
        case .float: F(try float(&place))
        case .double: F(try double(&place))
        default: F(try integer(node, &place))
        }
    }

    /// Calls `body` at each item of an array or map, the keys included.
    func forEachItem(_ place: inout Int, _ body: (AvroInput, inout Int) throws -> Void) throws {
        try enter(at: place)
        defer { leave() }
        while true {
            let items = try block(&place).items
            if items == 0 { return }
            for _ in 0..<items {
                let start = place
                try body(self, &place)
                if place == start { try charge(at: place) }
            }
        }
    }

    private func record(_ plan: AvroRecordPlan, _ place: inout Int) throws -> AvroRecord {
        try enter(at: place)
        defer { leave() }
        var values = [AvroValue](repeating: .null, count: plan.shape.fieldNames.count)
        for field in plan.fields {
            if field.isSkipped { try skip(field.node, &place) } else { values[field.place] = try value(field.node, &place) }
        }
        for field in plan.defaults { values[field.place] = try defaultValue(field) { try $0.value(field.node, &$1) } }
        return AvroRecord(shape: plan.shape, values: values)
    }

    /// Calls `body` with a default as input of its own.
    func defaultValue<T>(_ field: AvroRecordPlan.Default, _ body: (AvroInput, inout Int) throws -> T) throws -> T {
        try field.bytes.withUnsafeBytes { bytes in
            let input = AvroInput(bytes, self)
            defer { input.close() }
            var place = 0
            return try body(input, &place)
        }
    }

    /// An input of a default, as deep as the one that needs it.
    private convenience init(_ bytes: UnsafeRawBufferPointer, _ outer: AvroInput) {
        self.init(bytes, outer.program)
        depth = outer.depth
    }
}

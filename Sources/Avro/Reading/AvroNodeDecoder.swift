/// The decoder of one value, which is its single-value container as well.
///
/// Of a record it knows how far it has been read: fields that are asked for in the order in which they were written are read where they
/// are found, and what nobody asks for is passed over. Nobody is called while these two numbers are changed, so that they need no checks.
final class AvroNodeDecoder: Decoder {
    let input: AvroInput
    let node: Int
    /// Where the value begins.
    let start: Int
    /// The decoder of the value around it, and the way from there.
    private let parent: AvroNodeDecoder?
    private let step: AvroStep

    /// Records: their plan once it is asked for, the field that comes next, and where that is.
    private(set) var record: AvroRecordPlan?
    @exclusivity(unchecked) var nextField = 0
    @exclusivity(unchecked) var nextPlace = 0
    /// Records: where all fields begin, once one is asked for that has passed.
    private var places: [Int] = []
    /// Where the value ends, if that is known; not of records.
    var end: Int?

    init(input: AvroInput, node: Int, start: Int, parent: AvroNodeDecoder?, step: AvroStep) {
        self.input = input
        self.node = node
        self.start = start
        self.parent = parent
        self.step = step
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        let path = parent?.codingPath ?? []
        switch step {
        case .none: return path
        case .key(let name): return path + [AvroKey(name)]
        case .item(let index): return path + [AvroKey(index: index)]
        case .field(let index):
            guard let record = parent?.record else { return path }
            let name = index < record.fields.count ? record.fields[index].name : record.defaults[index - record.fields.count].name
            return path + [AvroKey(name)]
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        var place = start
        let node = input.program.nodes[try input.resolve(self.node, &place)]
        switch node.kind {
        case .record:
            if record == nil { (record, nextPlace) = (input.program.records[node.detail], place) }
            return KeyedDecodingContainer(AvroRecordDecodingContainer<Key>(self, input.program.records[node.detail]))
        case .map: return KeyedDecodingContainer(try AvroMapDecodingContainer<Key>(self, item: node.detail, at: place))
        default: throw AvroMismatch(type: [String: Any].self, found: node.target.name).error(codingPath)
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        var place = start
        let node = input.program.nodes[try input.resolve(self.node, &place)]
        guard node.kind == .array else { throw AvroMismatch(type: [Any].self, found: node.target.name).error(codingPath) }
        return try AvroArrayDecodingContainer(self, item: node.detail, at: place)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Goes on behind what was not read. Returns where the value ends.
    func finish() throws -> Int {
        guard let record else {
            if let end { return end }
            var place = start
            try input.skip(node, &place)
            return place
        }
        while nextField < record.fields.count { try skipField(of: record) }
        return nextPlace
    }

    private func skipField(of record: AvroRecordPlan) throws {
        var place = nextPlace
        try input.skip(record.fields[nextField].node, &place)
        nextPlace = place
        nextField += 1
    }

    /// Where a field of a record begins. What is before it is passed over.
    func place(of field: Int, _ record: AvroRecordPlan) throws -> Int {
        if field >= nextField {
            while nextField < field { try skipField(of: record) }
            return nextPlace
        }
        if places.isEmpty {
            var place = start
            _ = try input.resolve(node, &place)
            for field in record.fields {
                places.append(place)
                try input.skip(field.node, &place)
            }
        }
        return places[field]
    }
}

extension AvroNodeDecoder: SingleValueDecodingContainer {
    /// Reads the value as a whole.
    private func read<T>(_ body: (AvroInput, inout Int) throws -> T) throws -> T {
        var place = start
        do {
            let value = try body(input, &place)
            end = place
            return value
        } catch let mismatch as AvroMismatch {
            throw mismatch.error(codingPath)
        }
    }

    func decodeNil() -> Bool {
        var place = start
        guard (try? input.isNull(node, &place)) == true else { return false }
        end = place
        return true
    }

    func decode(_ type: Bool.Type) throws -> Bool { try read { try $0.bool(node, &$1) } }
    func decode(_ type: String.Type) throws -> String { try read { try $0.text(node, &$1) } }
    func decode(_ type: Double.Type) throws -> Double { try read { try $0.floatingPoint(node, &$1, as: type) } }
    func decode(_ type: Float.Type) throws -> Float { try read { try $0.floatingPoint(node, &$1, as: type) } }
    func decode(_ type: Int.Type) throws -> Int { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: Int8.Type) throws -> Int8 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: Int16.Type) throws -> Int16 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: Int32.Type) throws -> Int32 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: Int64.Type) throws -> Int64 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: Int128.Type) throws -> Int128 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt.Type) throws -> UInt { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try read { try $0.integer(node, &$1, as: type) } }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try read { try $0.integer(node, &$1, as: type) } }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try read { try $0.decode(type, node, &$1, parent: self, step: .none) }
    }
}

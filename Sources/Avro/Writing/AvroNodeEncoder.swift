import KafkaProtocol

/// The encoder of one value, which is its single-value container as well.
///
/// Fields of a record that come in the order of the schema are written where they belong at once. What comes in another order, and what
/// is written beside others, is put in its place when the value ends.
final class AvroNodeEncoder: Encoder {
    /// What the value has turned out to be.
    enum Shape {
        case none, single
        case record(AvroRecordPlan)
        /// With the node of their items.
        case array(Int), map(Int)
    }

    /// A field or item that waits for its place.
    struct Piece {
        /// The place of a field.
        let place: Int
        /// The key of a map's item.
        let key: String
        /// Where its bytes are, for the time being.
        let range: Range<Int>
        /// The encoder of a value that is written beside others; its bytes follow those of the range.
        var nested: AvroNodeEncoder?
    }

    let output: AvroOutput
    let node: Int
    /// The value's number in its output.
    let serial: Int
    let type: any Any.Type
    private let parent: AvroNodeEncoder?
    private let step: AvroStep

    private(set) var shape = Shape.none
    /// Where the value begins, behind the number of its branch.
    var start = 0
    /// The field that comes next, or the items so far.
    @exclusivity(unchecked) var next = 0
    var pieces: [Piece] = []
    var piecesStart = 0
    /// What a type has done wrong where it could not be told.
    private var fault: AvroMisfit?

    init(output: AvroOutput, node: Int, serial: Int, type: any Any.Type, parent: AvroNodeEncoder?, step: AvroStep) {
        self.output = output
        self.node = node
        self.serial = serial
        self.type = type
        self.parent = parent
        self.step = step
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        let path = parent?.codingPath ?? []
        return switch step {
        case .none, .field: path
        case .key(let name): path + [AvroKey(name)]
        case .item(let index): path + [AvroKey(index: index)]
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        openKeyed()
        return KeyedEncodingContainer(AvroKeyedEncodingContainer<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        openArray()
        return AvroUnkeyedEncodingContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    // MARK: Shapes

    private func openKeyed() {
        switch shape {
        case .record, .map: return
        case .array, .single: return note("a second container for a value")
        case .none: break
        }
        guard output.open == serial else { return note("a container that is asked for after its time") }
        guard let found = output.resolve(node, where: keyedFits()) else {
            return note("\(type) has keys, the schema has \(nodeName)")
        }
        start = output.bytes.count
        shape = found.kind == .record ? .record(output.program.records[found.detail]) : .map(found.detail)
        piecesStart = start
    }

    /// Which branch of a union takes a value with keys: the only record or map, else the one that is called as the type is.
    private func keyedFits() -> (AvroNode) -> Bool {
        let program = output.program
        if program.nodes[node].kind == .union {
            let candidates = program.unions[program.nodes[node].detail].branches.filter {
                program.nodes[$0].kind == .record || program.nodes[$0].kind == .map
            }
            if candidates.count > 1 {
                let name = "\(type)"
                let isDictionary = name.hasPrefix("Dictionary<")
                return { $0.kind == .map ? isDictionary : $0.kind == .record && AvroName.simple(program.records[$0.detail].shape.name) == name }
            }
        }
        return { $0.kind == .record || $0.kind == .map }
    }

    private func openArray() {
        switch shape {
        case .array: return
        case .record, .map, .single: return note("a second container for a value")
        case .none: break
        }
        guard output.open == serial else { return note("a container that is asked for after its time") }
        guard let found = output.resolve(node, where: { $0.kind == .array }) else {
            return note("\(type) has items, the schema has \(nodeName)")
        }
        start = output.bytes.count
        shape = .array(found.detail)
        piecesStart = start
    }

    private var nodeName: String { output.program.nodes[node].kind.name }

    func note(_ reason: String) { fault = fault ?? AvroMisfit(reason: reason) }

    /// Throws if the value is not the one that is being written.
    @inline(__always)
    func check() throws {
        guard output.open == serial, fault == nil else { throw fault ?? AvroMisfit(reason: "a container that is used after its time") }
    }

    // MARK: The end

    /// Ends the value: puts everything in its place.
    func finish() throws {
        if case .none = shape { openKeyed() }
        if let fault { throw fault }
        switch shape {
        case .none, .single: break
        case .record(let plan):
            if pieces.isEmpty {
                for field in next..<plan.fields.count { try output.writeFallback(field, plan) }
            } else {
                // By field: its piece.
                var numbers = [Int](repeating: -1, count: plan.fields.count)
                for (number, piece) in pieces.enumerated() { numbers[piece.place] = number }
                try output.rewrite(from: piecesStart) { output in
                    for field in next..<plan.fields.count {
                        if numbers[field] >= 0 { try output.take(pieces[numbers[field]]) } else { try output.writeFallback(field, plan) }
                    }
                }
            }
        case .map:
            // In an order of their own, so that equal values have equal bytes.
            let sorted = pieces.sorted { $0.key < $1.key }
            try output.rewrite(from: start) { output in for piece in sorted { try output.take(piece) } }
            output.endItems(pieces.count, from: start)
        case .array:
            if !pieces.isEmpty { try output.rewrite(from: piecesStart) { output in for piece in pieces { try output.take(piece) } } }
            output.endItems(next, from: start)
        }
    }
}

extension AvroNodeEncoder: SingleValueEncodingContainer {
    /// Writes the value's only content.
    private func write(_ value: Any, _ body: (AvroOutput, Int) throws -> Void) throws {
        do {
            try check()
            guard case .none = shape else { throw AvroMisfit(reason: "a second container for a value") }
            let begin = output.bytes.count
            do {
                try body(output, node)
            } catch {
                output.bytes.truncate(to: begin)
                throw error
            }
            shape = .single
        } catch let misfit as AvroMisfit {
            throw misfit.error(value, codingPath)
        }
    }

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
        try write(value) { try $0.encode(value, $1, parent: self, step: .none) }
    }
}

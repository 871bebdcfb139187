extension AvroInput {
    /// Whether a value is null, which is then behind `place`. Nothing is read otherwise.
    func isNull(_ node: Int, _ place: inout Int) throws -> Bool {
        var end = place
        guard program.nodes[try resolve(node, &end)].kind == .null else { return false }
        place = end
        return true
    }

    func bool(_ node: Int, _ place: inout Int) throws -> Bool {
        let node = program.nodes[try resolve(node, &place)]
        guard node.kind == .boolean else { throw AvroMismatch(type: Bool.self, found: node.target.name) }
        return try boolean(&place)
    }

    /// The text of a string or the symbol of an enum.
    @inline(__always)
    func text(_ node: Int, _ place: inout Int) throws -> String {
        let node = program.nodes[try resolve(node, &place)]
        if node.target == .string { return try string(&place) }
        guard node.kind == .enumeration else { throw AvroMismatch(type: String.self, found: node.target.name) }
        return try symbol(node, &place)
    }

    @inline(__always)
    func integer<I: FixedWidthInteger>(_ node: Int, _ place: inout Int, as type: I.Type) throws -> I {
        let node = program.nodes[try resolve(node, &place)]
        guard node.target == .long || node.target == .int else { throw AvroMismatch(type: type, found: node.target.name) }
        let value = try integer(node, &place)
        guard let exact = I(exactly: value) else {
            throw AvroMismatch(type: type, found: "the number \(value) is no \(type)", isCorrupted: true)
        }
        return exact
    }

    /// Any number, as near as the type can have it.
    @inline(__always)
    func floatingPoint<F: BinaryFloatingPoint>(_ node: Int, _ place: inout Int, as type: F.Type) throws -> F {
        let node = program.nodes[try resolve(node, &place)]
        switch node.target {
        case .double, .int, .long: return try floating(node, &place)
        case .float: return F(try floating(node, &place) as Float)
        default: throw AvroMismatch(type: type, found: node.target.name)
        }
    }

    /// The bytes of `bytes` or of a fixed type, which are there during the call; nil for other values.
    func withBytes<R>(_ node: AvroNode, _ place: inout Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R? {
        if node.target == .bytes { return try slice(try length(&place), &place, body) }
        if node.kind == .fixed { return try slice(node.detail, &place, body) }
        return nil
    }
}

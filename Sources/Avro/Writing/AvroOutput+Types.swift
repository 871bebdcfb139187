import KafkaProtocol

extension AvroOutput {
    private func misfit(_ value: Any.Type, _ node: Int) -> AvroMisfit {
        AvroMisfit(reason: "\(value) is not a value of \(program.nodes[node].kind.name)")
    }

    func writeNull(_ node: Int) throws {
        let found = program.nodes[node]
        if found.kind == .null { return }
        guard found.kind == .union, let null = program.unions[found.detail].null else {
            throw AvroMisfit(reason: "nil where the schema has \(found.kind.name)")
        }
        bytes.writeVarint(Int64(null))
    }

    func write(_ value: Bool, _ node: Int) throws {
        guard resolve(node, where: { $0.kind == .boolean }) != nil else { throw misfit(Bool.self, node) }
        bytes.write(value)
    }

    /// A string, or the symbol of an enum.
    @inline(__always)
    func write(_ value: String, _ node: Int) throws {
        guard let found = resolve(node, where: { $0.kind == .string || number(of: value, $0) != nil }) else { throw misfit(value, node) }
        if found.kind == .string { write(text: value) } else { bytes.writeVarint(Int64(number(of: value, found) ?? 0)) }
    }

    private func misfit(_ value: String, _ node: Int) -> AvroMisfit {
        guard program.nodes[node].kind == .enumeration else { return misfit(String.self, node) }
        return AvroMisfit(reason: "\(value) is not a symbol of \(program.enumerations[program.nodes[node].detail].name)")
    }

    private func number(of symbol: String, _ node: AvroNode) -> Int? {
        node.kind == .enumeration ? program.enumerations[node.detail].numbers[symbol] : nil
    }

    @inline(__always)
    func write(text: String) {
        var text = text
        text.withUTF8 {
            bytes.writeVarint(Int64($0.count))
            bytes.write(raw: UnsafeRawBufferPointer($0))
        }
    }

    /// A whole number. Of branches of a union int and long come before float and double, if it fits.
    @inline(__always)
    func write<I: FixedWidthInteger>(_ value: I, _ node: Int) throws {
        guard let long = Int64(exactly: value) else { throw AvroMisfit(reason: "\(value) is more than 64 bits") }
        let isInt = Int32(exactly: long) != nil
        if resolve(node, where: { $0.kind == .long || $0.kind == .int && isInt }) != nil { return bytes.writeVarint(long) }
        guard resolve(node, where: { $0.kind == .double && Int64(exactly: Double(long)) == long }) != nil else {
            let kind = program.nodes[node].kind
            throw kind == .int || kind == .double ? AvroMisfit(reason: "\(value) is not a value of \(kind.name)") : misfit(I.self, node)
        }
        bytes.write(littleEndian: Double(long).bitPattern)
    }

    /// A number as double or float: of branches of a union as double if there is one.
    @inline(__always)
    func write(_ value: Double, _ node: Int) throws {
        if resolve(node, where: { $0.kind == .double }) != nil { return bytes.write(littleEndian: value.bitPattern) }
        guard resolve(node, where: { $0.kind == .float }) != nil else { throw misfit(Double.self, node) }
        bytes.write(littleEndian: Float(value).bitPattern)
    }

    func write(_ value: Float, _ node: Int) throws {
        if resolve(node, where: { $0.kind == .float }) != nil { return bytes.write(littleEndian: value.bitPattern) }
        guard resolve(node, where: { $0.kind == .double }) != nil else { throw misfit(Float.self, node) }
        bytes.write(littleEndian: Double(value).bitPattern)
    }

    /// Bytes, or those of a fixed type of as many. Returns false if the schema has neither.
    func write(raw value: UnsafeRawBufferPointer, _ node: Int) throws -> Bool {
        guard let found = resolve(node, where: { $0.kind == .bytes || $0.kind == .fixed && $0.detail == value.count }) else {
            guard program.nodes[node].kind == .fixed else { return false }
            throw AvroMisfit(reason: "\(value.count) bytes where the schema has \(program.nodes[node].detail)")
        }
        if found.kind == .bytes { bytes.writeVarint(Int64(value.count)) }
        bytes.write(raw: value)
        return true
    }

    /// Bytes of a logical type, with as many in front that make its sign longer as a fixed type needs.
    func write(number: [UInt8], _ node: AvroNode) throws {
        guard node.kind == .fixed else {
            bytes.writeVarint(Int64(number.count))
            return number.withUnsafeBytes { bytes.write(raw: $0) }
        }
        guard number.count <= node.detail else {
            throw AvroMisfit(reason: "a number of \(number.count) bytes where the schema has \(node.detail)")
        }
        let sign: UInt8 = number.first ?? 0 >= 0x80 ? 0xff : 0
        for _ in number.count..<node.detail { bytes.write(sign) }
        number.withUnsafeBytes { bytes.write(raw: $0) }
    }
}

import KafkaProtocol

/// Bytes that values are read from by a program. All places are checked: whatever the bytes are, an error or a value comes of them.
///
/// It is a class, as decoders of one value share it. The pointer is sound as nothing is read from `count` on, and `close` makes that 0
/// before the bytes may go. Nobody is called while a number here is changed, so that they need no checks for exclusive access.
final class AvroInput {
    let program: AvroProgram
    private let base: UnsafeRawPointer?
    @exclusivity(unchecked) private(set) var count: Int
    /// How deeply values are nested where reading is.
    @exclusivity(unchecked) var depth = 0
    /// How many values may still come that are not paid for by bytes: a few bytes can promise any number of empty values.
    @exclusivity(unchecked) private var budget: Int

    init(_ bytes: UnsafeRawBufferPointer, _ program: AvroProgram) {
        self.program = program
        base = bytes.baseAddress
        count = bytes.count
        budget = 65_536 + bytes.count.saturatingMultiply(16)
    }

    /// Ends reading: from here on there are no bytes.
    func close() { count = 0 }

    // MARK: Primitive types

    /// The byte at a place.
    @inline(__always)
    private func byte(_ place: inout Int) throws -> UInt8 {
        guard place < count, let base else { throw truncated(place) }
        defer { place += 1 }
        return base.load(fromByteOffset: place, as: UInt8.self)
    }

    @inline(__always)
    func long(_ place: inout Int) throws -> Int64 {
        let first = try byte(&place)
        if first < 0x80 { return Int64(first >> 1) ^ -Int64(first & 1) }
        return try long(beginning: first, &place)
    }

    private func long(beginning first: UInt8, _ place: inout Int) throws -> Int64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let byte = try byte(&place)
            guard shift < 63 || byte <= 1 else { throw AvroDataError("a number of more than 64 bits", at: place - 1) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
            shift += 7
        }
    }

    @inline(__always)
    func int(_ place: inout Int) throws -> Int32 {
        let start = place
        guard let value = Int32(exactly: try long(&place)) else { throw AvroDataError("an int of more than 32 bits", at: start) }
        return value
    }

    func boolean(_ place: inout Int) throws -> Bool {
        switch try byte(&place) {
        case 0: return false
        case 1: return true
        default: throw AvroDataError("a boolean that is neither 0 nor 1", at: place - 1)
        }
    }

    func float(_ place: inout Int) throws -> Float {
        try slice(4, &place) { Float(bitPattern: UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
    }

    func double(_ place: inout Int) throws -> Double {
        try slice(8, &place) { Double(bitPattern: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
    }

    /// Calls `body` with the next bytes, which are there during the call.
    @inline(__always)
    func slice<R>(_ size: Int, _ place: inout Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard size >= 0, size <= count - place else { throw truncated(place) }
        defer { place += size }
        return try body(UnsafeRawBufferPointer(start: base.map { $0 + place }, count: size))
    }

    /// The length of bytes or of a string that follow it.
    @inline(__always)
    func length(_ place: inout Int) throws -> Int {
        let start = place
        let length = try long(&place)
        guard length >= 0, length <= count - place else { throw AvroDataError("a length of \(length)", at: start) }
        return Int(length)
    }

    /// The text of a string, or of bytes that are one for the reader.
    @inline(__always)
    func string(_ place: inout Int) throws -> String {
        let size = try length(&place)
        let start = place
        return try slice(size, &place) { bytes in
            guard Self.isASCII(bytes) || Self.isUTF8(bytes) else { throw AvroDataError("a string that is not UTF-8", at: start) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @inline(__always)
    private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var (all, place) = (0 as UInt64, 0)
        while place + 8 <= bytes.count {
            all |= bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            place += 8
        }
        while place < bytes.count {
            all |= UInt64(bytes[place])
            place += 1
        }
        return all & 0x8080_8080_8080_8080 == 0
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span)) != nil
    }

    // MARK: Compound types

    /// The number of the next items of an array or map, 0 at its end; and the bytes that they have, if that is said.
    func block(_ place: inout Int) throws -> (items: Int64, size: Int?) {
        let start = place
        let items = try long(&place)
        if items >= 0 { return (items, nil) }
        guard items > .min else { throw AvroDataError("a block of \(items) items", at: start) }
        return (-items, try length(&place))
    }

    /// The node of the branch that a union has taken; other nodes as they are. Throws if the reader has no place for it.
    @inline(__always)
    func resolve(_ node: Int, _ place: inout Int) throws -> Int {
        switch program.nodes[node].kind {
        case .union, .failure: try branch(node, &place)
        default: node
        }
    }

    private func branch(_ node: Int, _ place: inout Int) throws -> Int {
        var node = node
        let start = place
        while program.nodes[node].kind == .union {
            let branches = program.unions[program.nodes[node].detail].branches
            let number = try long(&place)
            guard number >= 0, number < branches.count else {
                throw AvroDataError("branch \(number) of a union of \(branches.count)", at: start)
            }
            node = branches[Int(number)]
        }
        if program.nodes[node].kind == .failure { throw AvroDataError(program.failures[program.nodes[node].detail], at: start) }
        return node
    }

    /// The symbol of an enum.
    func symbol(_ node: AvroNode, _ place: inout Int) throws -> String {
        let start = place
        let number = try int(&place)
        let symbols = program.enumerations[node.detail].symbols
        guard number >= 0, number < symbols.count else { throw AvroDataError("symbol \(number) of an enum of \(symbols.count)", at: start) }
        guard let symbol = symbols[Int(number)] else { throw AvroDataError("a symbol that the reader does not know", at: start) }
        return symbol
    }

    // MARK: Limits

    /// Notes that reading goes into a value. `leave` must follow.
    func enter(at place: Int) throws {
        guard depth < AvroReader.maximumDepth else { throw AvroDataError("nested more than \(AvroReader.maximumDepth) deep", at: place) }
        try charge(at: place)
        depth += 1
    }

    func leave() { depth -= 1 }

    /// Notes a value that may have no bytes.
    @inline(__always)
    func charge(at place: Int) throws {
        budget -= 1
        if budget < 0 { throw AvroDataError("too many empty values", at: place) }
    }

    func truncated(_ place: Int) -> AvroDataError { AvroDataError("the bytes end too early", at: place) }
}

import Foundation

extension AvroInput {
    /// A value of any type: of those that have a form of their own in Avro, or as the type's `init(from:)` reads it.
    func decode<T: Decodable>(_ type: T.Type, _ node: Int, _ place: inout Int, parent: AvroNodeDecoder?, step: AvroStep) throws -> T {
        // Types that arrays, optionals and dictionaries are made of need no container. The casts are between the same types.
        if T.self == String.self { return unsafeBitCast(try text(node, &place), to: T.self) }
        if T.self == Int.self { return unsafeBitCast(try integer(node, &place, as: Int.self), to: T.self) }
        if T.self == Int64.self { return unsafeBitCast(try integer(node, &place, as: Int64.self), to: T.self) }
        if T.self == Double.self { return unsafeBitCast(try floatingPoint(node, &place, as: Double.self), to: T.self) }
        if let value = try special(type, node, &place) { return value }
        try enter(at: place)
        defer { leave() }
        let decoder = AvroNodeDecoder(input: self, node: node, start: place, parent: parent, step: step)
        let value = try T(from: decoder)
        place = try decoder.finish()
        return value
    }

    /// A value of the types that have a form of their own; nil for others, of which nothing is read.
    private func special<T>(_ type: T.Type, _ node: Int, _ place: inout Int) throws -> T? {
        let types = AvroSpecialTypes.all
        switch ObjectIdentifier(type) {
        case types.date: return try date(node, &place) as? T
        case types.data: return try bytes(node, &place) { Data($0) } as? T
        case types.uuid: return try uuid(node, &place) as? T
        case types.decimal: return try foundationDecimal(node, &place) as? T
        case types.bytes: return try bytes(node, &place) { Array($0) } as? T
        case types.duration: return try timeOfDay(node, &place) as? T
        case types.avroDecimal: return try decimal(node, &place) as? T
        case types.avroDuration: return try duration(node, &place) as? T
        case types.avroValue: return try value(node, &place) as? T
        default: return nil
        }
    }

    /// Bytes; nil for other values, which arrays of numbers may stand for.
    private func bytes<R>(_ node: Int, _ place: inout Int, _ body: (UnsafeRawBufferPointer) -> R) throws -> R? {
        var end = place
        let node = program.nodes[try resolve(node, &end)]
        guard let bytes = try withBytes(node, &end, body) else { return nil }
        place = end
        return bytes
    }

    /// A timestamp of any unit or a date, which is its midnight in UTC.
    private func date(_ node: Int, _ place: inout Int) throws -> Date {
        let node = program.nodes[try resolve(node, &place)]
        guard let unit = node.logicalType?.unitsPerSecond else {
            throw AvroMismatch(type: Date.self, found: "\(node.target.name) that is no timestamp or date")
        }
        let value = try integer(node, &place)
        if node.logicalType == .date { return Date(timeIntervalSince1970: Double(value) * 86_400) }
        // Seconds and their parts one by one, as nanoseconds of today have more digits than a double.
        let (seconds, rest) = value.quotientAndRemainder(dividingBy: unit)
        let since2001 = Double(seconds) - Date.timeIntervalBetween1970AndReferenceDate
        return Date(timeIntervalSinceReferenceDate: since2001 + Double(rest) / Double(unit))
    }

    private func timeOfDay(_ node: Int, _ place: inout Int) throws -> Duration {
        let node = program.nodes[try resolve(node, &place)]
        switch node.logicalType {
        case .timeMillis: return .milliseconds(try integer(node, &place))
        case .timeMicros: return .microseconds(try integer(node, &place))
        default: throw AvroMismatch(type: Duration.self, found: "\(node.target.name) that is no time of day")
        }
    }

    /// A UUID as text or in 16 bytes.
    private func uuid(_ node: Int, _ place: inout Int) throws -> UUID {
        let node = program.nodes[try resolve(node, &place)]
        if node.kind == .fixed, node.detail == 16 {
            return try slice(16, &place) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
        }
        guard node.target == .string else { throw AvroMismatch(type: UUID.self, found: node.target.name) }
        let text = try string(&place)
        guard let uuid = UUID(uuidString: text) else {
            throw AvroMismatch(type: UUID.self, found: "\"\(text)\" is no UUID", isCorrupted: true)
        }
        return uuid
    }

    private func decimal(_ node: Int, _ place: inout Int) throws -> AvroDecimal {
        let node = program.nodes[try resolve(node, &place)]
        guard case .decimal(_, let scale) = node.logicalType else {
            throw AvroMismatch(type: AvroDecimal.self, found: "\(node.target.name) that is no decimal")
        }
        guard let number = try withBytes(node, &place, { AvroDecimal(bytes: $0, scale: scale) }) ?? nil else {
            throw AvroMismatch(type: AvroDecimal.self, found: "a decimal of more than 128 bits", isCorrupted: true)
        }
        return number
    }

    private func foundationDecimal(_ node: Int, _ place: inout Int) throws -> Decimal {
        let number = try decimal(node, &place)
        guard number.scale <= 127, let digits = Decimal(string: String(number.unscaled.magnitude)) else {
            throw AvroMismatch(type: Decimal.self, found: "\(number) is no \(Decimal.self)", isCorrupted: true)
        }
        return Decimal(sign: number.unscaled < 0 ? .minus : .plus, exponent: -number.scale, significand: digits)
    }

    private func duration(_ node: Int, _ place: inout Int) throws -> AvroDuration {
        let node = program.nodes[try resolve(node, &place)]
        guard node.kind == .fixed, node.detail == 12 else { throw AvroMismatch(type: AvroDuration.self, found: node.target.name) }
        return try slice(12, &place) { bytes in
            let parts = [0, 4, 8].map { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
            return AvroDuration(months: parts[0], days: parts[1], milliseconds: parts[2])
        }
    }
}

extension AvroLogicalType {
    /// The parts of a second that timestamps count; 1 for dates, nil for what is neither.
    var unitsPerSecond: Int64? {
        switch self {
        case .date: 1
        case .timestampMillis, .localTimestampMillis: 1000
        case .timestampMicros, .localTimestampMicros: 1_000_000
        case .timestampNanos, .localTimestampNanos: 1_000_000_000
        case .decimal, .uuid, .timeMillis, .timeMicros, .duration: nil
        }
    }
}

import Foundation
import KafkaProtocol

extension AvroOutput {
    /// A value of any type: of those that have a form of their own in Avro, or as the type's `encode(to:)` writes it.
    func encode<T: Encodable>(_ value: T, _ node: Int, parent: AvroNodeEncoder?, step: AvroStep) throws {
        // Types that arrays, optionals and dictionaries are made of need no container. The casts are between the same types.
        if T.self == String.self { return try write(unsafeBitCast(value, to: String.self), node) }
        if T.self == Int.self { return try write(unsafeBitCast(value, to: Int.self), node) }
        if T.self == Int64.self { return try write(unsafeBitCast(value, to: Int64.self), node) }
        if T.self == Double.self { return try write(unsafeBitCast(value, to: Double.self), node) }
        if try writeSpecial(value, node) { return }
        try write { serial in
            let encoder = AvroNodeEncoder(output: self, node: node, serial: serial, type: T.self, parent: parent, step: step)
            try value.encode(to: encoder)
            try encoder.finish()
        }
    }

    /// Writes a value of the types that have a form of their own. Returns false for others.
    private func writeSpecial<T>(_ value: T, _ node: Int) throws -> Bool {
        let types = AvroSpecialTypes.all
        switch (ObjectIdentifier(T.self), value) {
        case (types.date, let value as Date): try write(value, node)
        case (types.data, let value as Data): return try value.withUnsafeBytes { try write(raw: $0, node) }
        case (types.uuid, let value as UUID): try write(value, node)
        case (types.decimal, let value as Decimal): try write(value, node)
        case (types.bytes, let value as [UInt8]): return try value.withUnsafeBytes { try write(raw: $0, node) }
        case (types.duration, let value as Duration): try write(value, node)
        case (types.avroDecimal, let value as AvroDecimal): try write(value, node)
        case (types.avroDuration, let value as AvroDuration): try write(value, node)
        case (types.avroValue, let value as AvroValue): try write(value, node)
        default: return false
        }
        return true
    }

    /// A timestamp to the nearest of its unit, or the day that it is in.
    private func write(_ value: Date, _ node: Int) throws {
        guard let found = resolve(node, where: { $0.logicalType?.unitsPerSecond != nil }), let type = found.logicalType, let unit = type.unitsPerSecond
        else { throw AvroMisfit(reason: "a Date where the schema has no timestamp or date") }
        let since2001 = value.timeIntervalSinceReferenceDate
        let seconds = since2001.rounded(.down)
        guard let whole = Int64(exactly: seconds + Date.timeIntervalBetween1970AndReferenceDate) else { throw outOfRange(since2001) }
        if type == .date {
            let day = whole >= 0 ? whole / 86_400 : (whole + 1) / 86_400 - 1
            guard let day = Int32(exactly: day) else { throw outOfRange(since2001) }
            return bytes.writeVarint(Int64(day))
        }
        let part = Int64(((since2001 - seconds) * Double(unit)).rounded())
        let (units, overflows) = whole.multipliedReportingOverflow(by: unit)
        let (sum, overflowsToo) = units.addingReportingOverflow(part)
        guard !overflows, !overflowsToo else { throw outOfRange(since2001) }
        bytes.writeVarint(sum)
    }

    /// Says the number, as Foundation ends the process where it is to describe a date that far away.
    private func outOfRange(_ since2001: Double) -> AvroMisfit {
        AvroMisfit(reason: "a Date of \(since2001) seconds since 2001 is out of the range of the schema's type")
    }

    /// A time of day.
    private func write(_ value: Duration, _ node: Int) throws {
        guard let found = resolve(node, where: { $0.logicalType == .timeMillis || $0.logicalType == .timeMicros }) else {
            throw AvroMisfit(reason: "a Duration where the schema has no time of day")
        }
        let (seconds, attoseconds) = value.components
        guard value >= .zero, value < .seconds(86_400) else { throw AvroMisfit(reason: "\(value) is no time of day") }
        let perSecond: Int64 = found.logicalType == .timeMillis ? 1000 : 1_000_000
        bytes.writeVarint(seconds * perSecond + attoseconds / (1_000_000_000_000_000_000 / perSecond))
    }

    /// A UUID in 16 bytes where there are, else as text in lower case.
    private func write(_ value: UUID, _ node: Int) throws {
        guard let found = resolve(node, where: { $0.kind == .string || $0.kind == .fixed && $0.detail == 16 }) else {
            throw AvroMisfit(reason: "a UUID where the schema has neither a string nor 16 bytes")
        }
        if found.kind == .string { return write(text: value.uuidString.lowercased()) }
        withUnsafeBytes(of: value.uuid) { bytes.write(raw: $0) }
    }

    private func write(_ value: AvroDecimal, _ node: Int) throws {
        guard let found = resolve(node, where: \.isDecimal), case .decimal(let precision, let scale) = found.logicalType else {
            throw AvroMisfit(reason: "a decimal number where the schema has none")
        }
        guard let number = value.rescaled(to: scale) else {
            throw AvroMisfit(reason: "\(value) does not fit \(scale) digits behind the point")
        }
        guard String(number.unscaled.magnitude).utf8.count <= precision else {
            throw AvroMisfit(reason: "\(value) has more than the \(precision) digits of the schema")
        }
        try write(number: number.bytes, found)
    }

    private func write(_ value: Decimal, _ node: Int) throws {
        let digits = Decimal(sign: .plus, exponent: 0, significand: value.significand).description
        guard value.isFinite, let magnitude = Int128(digits) else {
            throw AvroMisfit(reason: "\(value) is no number that a decimal may be")
        }
        try write(AvroDecimal(unscaled: value.sign == .minus ? -magnitude : magnitude, scale: -value.exponent), node)
    }

    private func write(_ value: AvroDuration, _ node: Int) throws {
        guard resolve(node, where: { $0.kind == .fixed && $0.detail == 12 }) != nil else {
            throw AvroMisfit(reason: "a duration where the schema has none")
        }
        for part in [value.months, value.days, value.milliseconds] { bytes.write(littleEndian: part) }
    }
}

extension AvroNode {
    /// Whether values are decimal numbers.
    var isDecimal: Bool { if case .decimal = logicalType { true } else { false } }
}

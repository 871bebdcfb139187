import Foundation
import MillraceJSON

/// Finds out what types are made of.
final class AvroTypeProbe {
    private let namespace: String
    private(set) var definitions: [String: AvroDefinition] = [:]
    /// The full names of types that have begun.
    private var names: [ObjectIdentifier: String] = [:]
    private var depth = 0

    init(namespace: String) { self.namespace = namespace }

    func failure(_ reason: String) -> AvroSchemaError { AvroSchemaError(reason, at: "") }

    /// The type in a schema.
    func describe<T: Decodable>(_ type: T.Type) throws -> AvroType {
        if let simple = simple(type) { return simple.type }
        if let container = type as? any AvroContainerType.Type { return try container.describe(by: self) }
        if let name = names[ObjectIdentifier(type)] { return AvroType(.named(name)) }
        return try probe(type).type
    }

    /// The type in a schema, and some value of it.
    func value<T: Decodable>(_ type: T.Type) throws -> (type: AvroType, value: T) {
        if let simple = simple(type), let value = simple.value as? T { return (simple.type, value) }
        guard let container = type as? any AvroContainerType.Type else { return try probe(type) }
        return (try container.describe(by: self), try T(from: AvroEmptyDecoder()))
    }

    /// Types whose name in a schema is known.
    private func simple(_ type: any Any.Type) -> (type: AvroType, value: Any)? {
        func logical(_ kind: AvroType.Kind, _ name: String) -> AvroType { AvroType(kind, properties: [("logicalType", .string(name))]) }
        switch type {
        case is Bool.Type: return (AvroType(.boolean), false)
        case is String.Type: return (AvroType(.string), "")
        case is Int8.Type: return (AvroType(.int), 0 as Int8)
        case is Int16.Type: return (AvroType(.int), 0 as Int16)
        case is Int32.Type: return (AvroType(.int), 0 as Int32)
        case is UInt8.Type: return (AvroType(.int), 0 as UInt8)
        case is UInt16.Type: return (AvroType(.int), 0 as UInt16)
        case is Int.Type: return (AvroType(.long), 0)
        case is Int64.Type: return (AvroType(.long), 0 as Int64)
        case is UInt.Type: return (AvroType(.long), 0 as UInt)
        case is UInt32.Type: return (AvroType(.long), 0 as UInt32)
        case is UInt64.Type: return (AvroType(.long), 0 as UInt64)
        case is Float.Type: return (AvroType(.float), 0 as Float)
        case is Double.Type: return (AvroType(.double), 0 as Double)
        case is Data.Type: return (AvroType(.bytes), Data())
        case is [UInt8].Type: return (AvroType(.bytes), [UInt8]())
        case is Date.Type: return (logical(.long, "timestamp-micros"), Date(timeIntervalSince1970: 0))
        case is Duration.Type: return (logical(.long, "time-micros"), Duration.zero)
        case is UUID.Type: return (logical(.string, "uuid"), UUID())
        default: return nil
        }
    }

    /// A type with keys, or an enum of strings. It may have been seen, if a value of it is needed.
    private func probe<T: Decodable>(_ type: T.Type) throws -> (type: AvroType, value: T) {
        if T.self == Decimal.self || T.self == AvroDecimal.self { throw failure("\(T.self) does not say its precision and scale") }
        guard depth < AvroSchema.maximumDepth / 4 else { throw failure("\(T.self) is nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        let name = AvroName.full("\(type)", in: namespace)
        guard names[ObjectIdentifier(type)] != nil || !names.values.contains(name) else { throw failure("two types are called \(name)") }
        names[ObjectIdentifier(type)] = name
        if let cases = type as? any CaseIterable.Type, let (symbols, first) = symbols(of: cases), let value = first as? T {
            definitions[name] = AvroDefinition(fullName: name, shape: .enumeration(symbols: symbols, default: nil))
            return (AvroType(.named(name)), value)
        }
        let decoder = AvroProbeDecoder(probe: self)
        let value: T
        do {
            value = try T(from: decoder)
        } catch {
            throw error as? AvroSchemaError ?? failure("\(T.self) does not read values that are empty or 0: \(error)")
        }
        guard decoder.hasKeys else { throw failure("\(T.self) is neither a type with keys nor an enum of strings that is CaseIterable") }
        definitions[name] = AvroDefinition(fullName: name, shape: .record(decoder.fields))
        return (AvroType(.named(name)), value)
    }

    /// The raw values of an enum of strings, and its first case.
    private func symbols<E: CaseIterable>(of type: E.Type) -> ([String], Any)? {
        let symbols = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        guard symbols.count == type.allCases.count, let first = type.allCases.first else { return nil }
        return (symbols, first)
    }
}

/// Types whose values are made of any number of others.
private protocol AvroContainerType {
    static func describe(by probe: AvroTypeProbe) throws -> AvroType
}

extension Optional: AvroContainerType where Wrapped: Decodable {
    static func describe(by probe: AvroTypeProbe) throws -> AvroType { AvroType(.union([AvroType(.null), try probe.describe(Wrapped.self)])) }
}

extension Array: AvroContainerType where Element: Decodable {
    static func describe(by probe: AvroTypeProbe) throws -> AvroType { AvroType(.array(items: try probe.describe(Element.self))) }
}

extension Set: AvroContainerType where Element: Decodable {
    static func describe(by probe: AvroTypeProbe) throws -> AvroType { AvroType(.array(items: try probe.describe(Element.self))) }
}

extension Dictionary: AvroContainerType where Key == String, Value: Decodable {
    static func describe(by probe: AvroTypeProbe) throws -> AvroType { AvroType(.map(values: try probe.describe(Value.self))) }
}

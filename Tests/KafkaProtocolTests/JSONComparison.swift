import Foundation
import KafkaProtocol

/// Where a decoded message differs from the JSON body of its vector, compared field by field.
func differences(_ value: Any, _ json: Any?, at path: String = "body") -> [String] {
    guard let json else { return isDefault(value) ? [] : ["\(path): \(value) where the vector has no field"] }
    func compare(_ matches: Bool) -> [String] { matches ? [] : ["\(path): \(value), not \(json)"] }
    switch value {
    case let value as String: return compare(json as? String == value)
    case let value as Bool: return compare((json as? NSNumber)?.boolValue == value)
    case let value as Bytes: return compare((json as? String).flatMap { Data(base64Encoded: $0) } == Data(value.array))
    case let value as KafkaUUID: return compare(json as? String == value.description)
    case let value as any FixedWidthInteger: return compare((json as? NSNumber)?.int64Value == Int64(value))
    case let value as Double: return compare((json as? NSNumber)?.doubleValue == value)
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
        guard let child = mirror.children.first else { return compare(json is NSNull) }
        return differences(child.value, json, at: path)
    case .collection:
        guard let elements = json as? [Any], elements.count == mirror.children.count else { return compare(false) }
        return zip(mirror.children, elements).enumerated().flatMap { index, pair in
            differences(pair.0.value, pair.1, at: "\(path)[\(index)]")
        }
    case .struct:
        guard let object = json as? [String: Any] else { return compare(false) }
        let names = Set(mirror.children.compactMap(\.label))
        let unknown = object.keys.filter { !names.contains($0) }.map { "\(path): no field \($0)" }
        return unknown
            + mirror.children.flatMap { child in
                let name = child.label ?? ""
                return differences(child.value, object[name], at: "\(path).\(name)")
            }
    default: return ["\(path): \(value) cannot be compared"]
    }
}

/// Whether a field has a value that schemas give as a default, which is what a field has that is not in the version.
private func isDefault(_ value: Any) -> Bool {
    switch value {
    case let value as String: return value.isEmpty
    case is Bool: return true
    case let value as Bytes: return value.isEmpty
    case let value as KafkaUUID: return value == .zero
    case let value as any FixedWidthInteger:
        return [0, -1, -2, 1, 2000, 60000, Int64(Int32.min), Int64(Int32.max)].contains(Int64(value))
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection: return mirror.children.isEmpty
    case .optional, .struct: return mirror.children.allSatisfy { isDefault($0.value) }
    default: return false
    }
}

import Foundation
import KafkaProtocol

extension Serde where Value: Codable & SendableMetatype {
    /// JSON by Foundation's coders, keys sorted so that equal values have equal bytes. Costs some microseconds a
    /// record; a topology that must do millions a second reads its few fields by hand instead.
    public static func json(_ type: Value.Type = Value.self) -> Serde<Value> {
        Serde(
            encode: { value, writer in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                try encoder.encode(value).withUnsafeBytes { writer.write(raw: $0) }
            },
            decode: { bytes in
                let data = bytes.withUnsafeBytes { Data($0) }
                do {
                    return try JSONDecoder().decode(Value.self, from: data)
                } catch {
                    throw SerdeError("not a \(Value.self) in JSON: \(error)")
                }
            })
    }
}

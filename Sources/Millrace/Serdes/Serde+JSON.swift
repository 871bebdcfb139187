public import Foundation
import MillraceJSON
import KafkaProtocol

extension Serde where Value: Codable & SendableMetatype {
    /// JSON, as `Codable` types describe it.
    ///
    /// Without coders of one's own it is read and written from and to the record's bytes, which is several times as fast as by Foundation's
    /// coders, and has the same meaning as theirs with their default strategies: a `Date` is seconds since 2001, `Data` is base64, what is
    /// nil is left out. Integers and doubles are exact; numbers that do not fit their type, `NaN`, halves of surrogate pairs and more than
    /// 512 levels of arrays and objects are errors. Of keys that repeat in an object the last counts, as in Java; keys are compared by
    /// their bytes. Members are written in the order in which the type encodes them, those of dictionaries in the order of their keys, so
    /// that equal values have equal bytes (unless there are sets in them), as keys of records must.
    ///
    /// Coders are given where others expect another form:
    /// ```swift
    /// let decoder = JSONDecoder()
    /// decoder.dateDecodingStrategy = .iso8601
    /// builder.stream("orders", value: .json(Order.self, decoder: decoder))
    /// ```
    /// They are used by several threads at once, so they must not be changed any more. For keys an encoder needs `.sortedKeys`, as
    /// Foundation writes members in any order. (Earlier versions sorted all members: an application whose keys are JSON goes on with
    /// its stores and topics by an encoder with `[.sortedKeys, .withoutEscapingSlashes]`.)
    ///
    /// - Parameters:
    ///   - type: The type of the values.
    ///   - encoder: Writes values in place of the fast path.
    ///   - decoder: Reads values in place of the fast path.
    public static func json(
        _ type: Value.Type = Value.self, encoder: JSONEncoder? = nil, decoder: JSONDecoder? = nil
    ) -> Serde<Value> {
        Serde(
            .other,
            encode: { value, writer in
                if let encoder {
                    try encoder.encode(value).withUnsafeBytes { writer.write(raw: $0) }
                } else {
                    try JSONCoder.encode(value) { writer.write(raw: $0) }
                }
            },
            decodeInPlace: { bytes in
                do {
                    if let decoder { return try decoder.decode(Value.self, from: Data(bytes)) }
                    return try JSONCoder.decode(Value.self, from: bytes)
                } catch {
                    throw SerdeError("not a \(Value.self) in JSON: \(error)")
                }
            })
    }
}

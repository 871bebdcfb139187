public import Foundation
public import KafkaProtocol
public import Millrace

/// A record of a test's input or output: Kafka Streams' `TestRecord`.
///
/// Two are equal if all parts are, headers included. As text a record is `key=value@timestamp`, with the headers, if
/// there are any, after it: short enough for the message of an expectation that failed.
public struct TestRecord<Key, Value> {
    /// The key, nil if the record has none.
    public var key: Key?
    /// The value, nil if the record has none (in a table: a deletion).
    public var value: Value?
    /// Event time in milliseconds since the epoch.
    public var timestamp: Int64
    /// The headers, in order.
    public var headers: [RecordHeader]

    /// A record of these parts.
    public init(_ key: Key?, _ value: Value?, timestamp: Int64, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }

    /// A record at a date, to the millisecond.
    public init(_ key: Key?, _ value: Value?, date: Date, headers: [RecordHeader] = []) {
        self.init(key, value, timestamp: Int64(clamping: date), headers: headers)
    }

    /// Event time as a date.
    public var date: Date { Date(timeIntervalSince1970: Double(timestamp) / 1000) }

    /// The key and the value alone.
    public var keyValue: KeyValue<Key, Value> { KeyValue(key, value) }
}

extension TestRecord: Sendable where Key: Sendable, Value: Sendable {}
extension TestRecord: Equatable where Key: Equatable, Value: Equatable {}
extension TestRecord: Hashable where Key: Hashable, Value: Hashable {}

extension TestRecord: CustomStringConvertible {
    /// `key=value@timestamp`, then the headers.
    public var description: String {
        func text(_ part: Any?) -> String { part.map { "\($0)" } ?? "nil" }
        let text = "\(text(key))=\(text(value))@\(timestamp)"
        guard !headers.isEmpty else { return text }
        return text + " [" + headers.map { "\($0.key): \($0.value?.string ?? "nil")" }.joined(separator: ", ") + "]"
    }
}

extension Int64 {
    /// Milliseconds since the epoch; the nearest number where that is out of range.
    fileprivate init(clamping date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
        self = Int64(exactly: milliseconds) ?? (milliseconds < 0 ? .min : .max)
    }
}

public import KafkaProtocol

/// What comes after a step, or what a step does with a record that comes to it.
///
/// A record goes from step to step as its parts, which the step that has made them keeps alive during the call. So a step hands
/// on what it leaves as it is without counting a reference; a `Record` would be taken apart and put together, with all of its
/// parts retained and released, at each step that changes one. Who needs a `Record` makes one.
@usableFromInline
struct Outlet<Key, Value> {
    @usableFromInline typealias Receiver = (
        _ key: Key?, _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader]
    ) throws -> Void

    @usableFromInline let receive: Receiver

    @inlinable init(_ receive: @escaping Receiver) { self.receive = receive }

    @inlinable @inline(__always)
    func callAsFunction(_ key: Key?, _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader]) throws {
        try receive(key, value, timestamp, headers)
    }

    @inlinable @inline(__always)
    func callAsFunction(_ record: Record<Key, Value>) throws {
        try receive(record.key, record.value, record.timestamp, record.headers)
    }
}

public import KafkaProtocol

/// A step written by hand: gets each record, may keep state in stores, forward any number of records, and be called on
/// a schedule. Kafka Streams' `Processor`.
///
/// One is made for each task, and belongs to it.
/// ```swift
/// struct Deduplicate: Processor {
///     var seen: StateTable<String, String>?
///
///     mutating func start(_ context: ProcessorContext<String, String>) throws {
///         seen = try context.keyValueStore("seen")
///     }
///
///     mutating func process(_ record: Record<String, String>, _ context: ProcessorContext<String, String>) throws {
///         guard let key = record.key, seen?.get(key) != record.value else { return }
///         try seen?.put(key, record.value)
///         try context.forward(record)
///     }
/// }
/// let fresh = stream.process(stores: [.keyValue("seen", key: .string, value: .string)]) { Deduplicate() }
/// ```
public protocol Processor<InputKey, InputValue, OutputKey, OutputValue> {
    /// The type of the keys it gets.
    associatedtype InputKey: Sendable
    /// The type of the values it gets.
    associatedtype InputValue: Sendable
    /// The type of the keys it sends.
    associatedtype OutputKey: Sendable
    /// The type of the values it sends.
    associatedtype OutputValue: Sendable

    /// Called once, when the task begins and its stores are restored: the place to look up stores and to make schedules.
    /// Kafka Streams' `init`.
    mutating func start(_ context: ProcessorContext<OutputKey, OutputValue>) throws
    /// Called for each record. What it throws fails the record.
    mutating func process(
        _ record: Record<InputKey, InputValue>, _ context: ProcessorContext<OutputKey, OutputValue>) throws
    /// Called once, when the task has ended: after its last commit, or after a failure. Nothing can be forwarded or
    /// stored any more; it is the place to give back what was taken in `start`. What it throws fails the application,
    /// unless the task had failed already.
    mutating func close() throws
}

extension Processor {
    /// Does nothing.
    public mutating func start(_ context: ProcessorContext<OutputKey, OutputValue>) throws {}
    /// Does nothing.
    public mutating func close() throws {}
}

/// A processor that leaves keys alone, so that no repartitioning follows: Kafka Streams' `FixedKeyProcessor`.
///
/// ```swift
/// struct Numbered: FixedKeyProcessor {
///     var times: StateTable<String, Int64>?
///
///     mutating func start(_ context: FixedKeyProcessorContext<String, String>) throws {
///         times = try context.keyValueStore("times")
///     }
///
///     mutating func process(
///         _ record: FixedKeyRecord<String, String>, _ context: FixedKeyProcessorContext<String, String>
///     ) throws {
///         guard let key = record.key, let value = record.value else { return }
///         let count = (times?.get(key) ?? 0) + 1
///         try times?.put(key, count)
///         try context.forward(record.with(value: "\(count) \(value)"))
///     }
/// }
/// ```
public protocol FixedKeyProcessor<Key, InputValue, OutputValue> {
    /// The type of the keys.
    associatedtype Key: Sendable
    /// The type of the values it gets.
    associatedtype InputValue: Sendable
    /// The type of the values it sends.
    associatedtype OutputValue: Sendable

    /// Called once, when the task begins, as that of `Processor`.
    mutating func start(_ context: FixedKeyProcessorContext<Key, OutputValue>) throws
    /// Called for each record.
    mutating func process(
        _ record: FixedKeyRecord<Key, InputValue>, _ context: FixedKeyProcessorContext<Key, OutputValue>) throws
    /// Called once, when the task has ended, as that of `Processor`.
    mutating func close() throws
}

extension FixedKeyProcessor {
    /// Does nothing.
    public mutating func start(_ context: FixedKeyProcessorContext<Key, OutputValue>) throws {}
    /// Does nothing.
    public mutating func close() throws {}
}

/// A record whose key cannot be changed.
public struct FixedKeyRecord<Key, Value> {
    @usableFromInline var record: Record<Key, Value>

    @usableFromInline init(_ record: Record<Key, Value>) { self.record = record }

    /// The key, nil if the record has none.
    public var key: Key? { record.key }
    /// The value, nil if the record has none.
    public var value: Value? {
        get { record.value }
        set { record.value = newValue }
    }
    /// Event time in milliseconds since the epoch.
    public var timestamp: Int64 {
        get { record.timestamp }
        set { record.timestamp = newValue }
    }
    /// The headers, in order; names may repeat.
    public var headers: [RecordHeader] {
        get { record.headers }
        set { record.headers = newValue }
    }

    /// This record with another value, otherwise the same.
    public func with<Other>(value: Other?) -> FixedKeyRecord<Key, Other> {
        FixedKeyRecord<Key, Other>(record.with(value: value))
    }
}

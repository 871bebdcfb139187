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

    /// Called once, when the task is put together: the place to look up stores, which are restored only afterwards, and
    /// to make schedules.
    mutating func start(_ context: ProcessorContext<OutputKey, OutputValue>) throws
    /// Called for each record. What it throws fails the record.
    mutating func process(
        _ record: Record<InputKey, InputValue>, _ context: ProcessorContext<OutputKey, OutputValue>) throws
}

extension Processor {
    /// Does nothing.
    public mutating func start(_ context: ProcessorContext<OutputKey, OutputValue>) throws {}
}

/// A processor that leaves keys alone, so that no repartitioning follows: Kafka Streams' `FixedKeyProcessor`.
public protocol FixedKeyProcessor<Key, InputValue, OutputValue> {
    /// The type of the keys.
    associatedtype Key: Sendable
    /// The type of the values it gets.
    associatedtype InputValue: Sendable
    /// The type of the values it sends.
    associatedtype OutputValue: Sendable

    /// Called once, when the task is put together.
    mutating func start(_ context: FixedKeyProcessorContext<Key, OutputValue>) throws
    /// Called for each record.
    mutating func process(
        _ record: FixedKeyRecord<Key, InputValue>, _ context: FixedKeyProcessorContext<Key, OutputValue>) throws
}

extension FixedKeyProcessor {
    /// Does nothing.
    public mutating func start(_ context: FixedKeyProcessorContext<Key, OutputValue>) throws {}
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

    /// This record with another value.
    public func with<Other>(value: Other?) -> FixedKeyRecord<Key, Other> {
        FixedKeyRecord<Key, Other>(record.with(value: value))
    }
}

/// What a fixed-key processor has to do with: Kafka Streams' `FixedKeyProcessorContext`.
public struct FixedKeyProcessorContext<Key, Value> {
    /// The rest: stores, times, schedules. What is forwarded through it may have any key.
    public let context: ProcessorContext<Key, Value>

    @usableFromInline init(_ context: ProcessorContext<Key, Value>) { self.context = context }

    /// Sends a record to all steps after the processor.
    public func forward(_ record: FixedKeyRecord<Key, Value>) throws { try context.forward(record.record) }
}

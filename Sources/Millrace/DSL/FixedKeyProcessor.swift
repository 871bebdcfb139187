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

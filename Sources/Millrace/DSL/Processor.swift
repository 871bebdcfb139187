import KafkaProtocol

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

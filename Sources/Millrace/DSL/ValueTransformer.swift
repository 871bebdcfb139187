/// Makes the values of a table of those of another one, with stores to look into: Kafka Streams'
/// `ValueTransformerWithKey`. One is made for each task and each step that computes rows with it.
public protocol ValueTransformer<Key, InputValue, OutputValue> {
    /// The type of the table's keys.
    associatedtype Key: Sendable
    /// The type of the values it gets.
    associatedtype InputValue: Sendable
    /// The type of the values it gives.
    associatedtype OutputValue: Sendable

    /// Called once, when the task begins and its stores are restored: the place to look up stores and to make schedules.
    mutating func start(_ context: ValueTransformerContext) throws
    /// Gives the value of a row, nil for a row that is not there. `value` is nil if the row was deleted.
    mutating func transform(_ key: Key, _ value: InputValue?) throws -> OutputValue?
    /// Called once, when the task has ended, as that of `Processor`.
    mutating func close() throws
}

extension ValueTransformer {
    /// Does nothing.
    public mutating func start(_ context: ValueTransformerContext) throws {}
    /// Does nothing.
    public mutating func close() throws {}
}

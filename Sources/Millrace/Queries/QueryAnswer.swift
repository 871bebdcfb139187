/// An answer, with what it is worth.
public struct QueryAnswer<Value: Sendable>: Sendable {
    /// What was asked for.
    public let value: Value
    /// The partition of the store that has answered; nil for a global store.
    public let partition: Int32?
    /// Up to where the task had processed its inputs. Empty if it does not process them.
    public let position: QueryPosition
    /// By how many records of its changelog the store was behind: 0 for a task that processes. Nil if that is not known.
    public let lag: Int64?
}

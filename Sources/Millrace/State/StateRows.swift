/// Rows of a store, read one after the other as a loop asks for them.
///
/// A loop walks through the rows that there are when it begins, in their order; it shows each as it is when it comes to it, and
/// leaves out those that have been deleted by then. So the store may be changed meanwhile, and beginning costs a look-up, not a
/// copy. For use within the call of the processor that got it.
public struct StateRows<Row>: Sequence {
    /// Begins a walk, forwards or backwards.
    @usableFromInline let scan: (_ isReversed: Bool) -> () -> Row?
    @usableFromInline let isReversed: Bool

    @inlinable
    init(isReversed: Bool = false, _ scan: @escaping (_ isReversed: Bool) -> () -> Row?) {
        self.scan = scan
        self.isReversed = isReversed
    }

    /// No rows.
    @inlinable static var none: StateRows { StateRows { _ in { nil } } }

    /// The rows one after the other.
    @inlinable
    public func makeIterator() -> AnyIterator<Row> { AnyIterator(scan(isReversed)) }

    /// Whether there are none.
    @inlinable
    public var isEmpty: Bool { scan(isReversed)() == nil }

    /// The same rows in the opposite order, as lazily: Kafka Streams' `reverseRange`, `reverseAll` and `backwardFetch`.
    @inlinable
    public func reversed() -> StateRows { StateRows(isReversed: !isReversed, scan) }

    /// The rows in another form, those left out for which `transform` gives nil.
    @inlinable
    func mapped<Other>(_ transform: @escaping (Row) -> Other?) -> StateRows<Other> {
        StateRows<Other>(isReversed: isReversed) { [scan] isReversed in
            let next = scan(isReversed)
            return {
                while let row = next() { if let other = transform(row) { return other } }
                return nil
            }
        }
    }
}

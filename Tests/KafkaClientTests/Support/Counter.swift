import Synchronization

/// Counts from several tasks.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    /// Adds one and returns the sum.
    @discardableResult func add() -> Int { count.add(1, ordering: .relaxed).newValue }
    var value: Int { count.load(ordering: .relaxed) }
}

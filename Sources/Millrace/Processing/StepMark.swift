public import Synchronization

/// What a step tells of itself when a record comes to it, so that an error, or a closure that does not return, can be told by
/// the step's name. It costs one store to memory a record.
@usableFromInline
struct StepMark {
    @usableFromInline let place: TaskPlace
    @usableFromInline let number: Int

    @usableFromInline init(_ place: TaskPlace, _ number: Int) {
        self.place = place
        self.number = number
    }

    /// What happens from now on is the step's doing.
    @inlinable @inline(__always)
    func enter() { place.step.store(number, ordering: .relaxed) }
}

extension TaskAssembly {
    /// The mark of the step `node`.
    @usableFromInline
    func mark(of node: String) -> StepMark { context.mark(of: node) }
}

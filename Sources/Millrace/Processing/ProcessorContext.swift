/// What a processor has to do with: its outlet, its stores, its times. Belongs to one task; not to be used outside the
/// calls of the processor. Kafka Streams' `ProcessorContext`.
public final class ProcessorContext<OutputKey, OutputValue>: ProcessingContext {
    @usableFromInline let outlet: ProcessorOutlet<OutputKey, OutputValue>

    @usableFromInline
    init(_ assembly: TaskAssembly, node: String) throws {
        outlet = try ProcessorOutlet(assembly, node: node)
        super.init(assembly, node: node)
    }

    /// Sends a record to all steps after the processor, one after the other. Throws what these throw, and if its timestamp
    /// is negative.
    @inlinable
    public func forward(_ record: Record<OutputKey, OutputValue>) throws { try outlet.forward(record) }

    /// Sends a record to the step after the processor that is called `child`.
    ///
    /// ```swift
    /// try context.forward(record, to: isLate ? "late" : "in-time")
    /// ```
    /// Throws if there is none, if the timestamp is negative, and what the step throws.
    public func forward(_ record: Record<OutputKey, OutputValue>, to child: String) throws {
        try outlet.forward(record, to: child)
    }
}

/// The steps after a processor. That they take its records is checked when the task is put together.
@usableFromInline
struct ProcessorOutlet<Key, Value> {
    @usableFromInline let next: Outlet<Key, Value>
    @usableFromInline let node: String
    @usableFromInline let mark: StepMark
    private let children: [String: Outlet<Key, Value>]

    @usableFromInline
    init(_ assembly: TaskAssembly, node: String) throws {
        self.node = node
        mark = assembly.mark(of: node)
        next = try assembly.downstream(of: node, Record<Key, Value>.self)
        children = try assembly.receivers(of: node, Record<Key, Value>.self)
    }

    @inlinable
    func forward(_ record: Record<Key, Value>) throws {
        guard record.timestamp >= 0 else { throw NegativeTimestamp(record.timestamp, of: node) }
        try next(record)
        mark.enter()
    }

    func forward(_ record: Record<Key, Value>, to child: String) throws {
        guard let receive = children[child] else {
            let names = children.isEmpty ? "it has none" : "they are \(children.keys.sorted().joined(separator: ", "))"
            throw StreamsError(
                .processing, "\(child) is not among the steps after the processor \(node): \(names)")
        }
        guard record.timestamp >= 0 else { throw NegativeTimestamp(record.timestamp, of: node) }
        try receive(record)
        mark.enter()
    }
}

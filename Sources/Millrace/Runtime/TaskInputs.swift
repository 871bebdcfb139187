import KafkaProtocol

/// A task's input partitions, and whose turn it is: the record with the smallest event time goes first, the first input
/// of equals.
///
/// While an input has nothing to offer although the broker may have more for it, nobody has a turn (KIP-695): what comes
/// could be earlier. How long is waited for inputs that are at their end is `maxIdle`.
package struct TaskInputs {
    private var inputs: [TaskInput]
    /// How long to wait for an input that is at its end, in milliseconds; negative for not even as long as records are
    /// known to be at the broker. Kafka Streams' `max.task.idle.ms`.
    private let maxIdle: Int64
    /// When waiting for inputs at their end will have been enough; nil if nothing waits for them.
    private(set) var idleDeadline: Int64?

    /// Whose turn it is.
    enum Turn: Equatable {
        /// The input's, for records with event times up to the one given.
        case input(Int, through: Int64)
        /// Nobody's.
        case none
    }

    init(_ inputs: [TaskInput], maxIdle: Int64) {
        self.inputs = inputs
        self.maxIdle = maxIdle
    }

    package subscript(index: Int) -> TaskInput {
        _read { yield inputs[index] }
        _modify { yield &inputs[index] }
    }

    package var indices: Range<Int> { inputs.indices }
    package var count: Int { inputs.count }

    /// What `body` says of each input.
    package func map<Value>(_ body: (TaskInput) throws -> Value) rethrows -> [Value] { try inputs.map(body) }

    /// Whether `body` is true of all inputs.
    func allSatisfy(_ body: (TaskInput) -> Bool) -> Bool { inputs.allSatisfy(body) }

    /// The number of the input that reads the topic.
    func index(of topic: String) -> Int? { inputs.firstIndex { $0.topicPartition.topic == topic } }

    /// Leaves out inputs.
    mutating func removeAll(where isGone: (TopicPartition) -> Bool) { inputs.removeAll { isGone($0.topicPartition) } }

    /// Finds out whose turn it is. Inputs must have been looked at (`SourcePort.peek`) if there are several.
    mutating func turn(now: Int64) -> Turn {
        if inputs.count == 1 { return inputs[0].isEmpty ? .none : .input(0, through: .max) }
        idleDeadline = nil
        var first: (index: Int, time: Int64)?
        // Up to which event time the first input may go on before another's turn comes.
        var through = Int64.max
        for index in inputs.indices {
            guard let time = inputs[index].head?.timestamp else {
                if maxIdle >= 0, !inputs[index].isAtEnd {
                    inputs[index].idleDeadline = nil
                    return .none
                }
                if maxIdle > 0 { idleDeadline = max(idleDeadline ?? .min, inputs[index].idle(for: maxIdle, now: now)) }
                continue
            }
            inputs[index].idleDeadline = nil
            if let best = first, best.time <= time {
                // The first one goes on with equal times.
                through = min(through, time)
            } else {
                // One that stands before it in the list does not let it.
                if let best = first { through = best.time == .min ? .min : best.time - 1 }
                first = (index, time)
            }
        }
        guard let first else {
            idleDeadline = nil
            return .none
        }
        if let idleDeadline, now < idleDeadline { return .none }
        idleDeadline = nil
        return .input(first.index, through: through)
    }
}

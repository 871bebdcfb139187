import KafkaClient
import KafkaProtocol

/// Steps that take long: told of, and given up when they have blocked for longer than `maxPollInterval`.
extension StreamsApplication {
    /// How often the supervisor looks, in milliseconds.
    static let lookInterval: Int64 = 2000
    /// After how many milliseconds a turn that does not end is told of.
    static let longTurn: Int64 = 3000

    /// A task in whose steps a turn has gone on for longer than may be. What merely goes on for long is put on the board of
    /// what is waited for.
    func stuckTurn(of runners: [TaskRunner]) -> (runner: TaskRunner, turn: TaskCore.Turn)? {
        let now = client.environment.now()
        for runner in runners {
            let key = WaitBoard.Key(runner.waiter)
            guard let turn = runner.turn, now.saturatingSubtract(turn.since) >= Self.longTurn else {
                client.waits.clear(key)
                continue
            }
            client.waits.note(key, "task \(runner.id)", because: LongTurn(turn), now: turn.since, isOutage: false)
            if now.saturatingSubtract(turn.since) >= configuration.maxPollInterval.milliseconds { return (runner, turn) }
        }
        return nil
    }

    /// Gives up all tasks, as Kafka does with a consumer that does not poll: those that are well commit, the group is left,
    /// and joined again when the turn has ended after all.
    func giveUp(
        _ stuck: (runner: TaskRunner, turn: TaskCore.Turn), _ runners: [TaskRunner], _ consumer: Consumer,
        _ events: EventQueue
    ) async throws {
        let time = Duration.milliseconds(client.environment.now().saturatingSubtract(stuck.turn.since))
        warn(
            "task \(stuck.runner.id) is given up, and all tasks of this instance with it: \(LongTurn(stuck.turn)) for "
                + "\(time), longer than the maximal poll interval of \(configuration.maxPollInterval)")
        stuck.runner.stop(.lost)
        for runner in runners where runner !== stuck.runner { runner.stop(.committing) }
        while !runners.allSatisfy(\.isFinished) {
            await taskNews.wait()
            try Task.checkCancellation()
        }
        _ = try await unlessStopping { await consumer.leaveGroup() }
        // Whatever the group said before is about a member that is no more.
        events.removeAll()
        while !isStopping, stuck.runner.turn != nil {
            await taskNews.wait(milliseconds: Self.lookInterval, sleep: client.environment.sleep)
            try Task.checkCancellation()
        }
        client.waits.clear(WaitBoard.Key(stuck.runner.waiter))
        if !isStopping {
            warn("the turn of task \(stuck.runner.id) has ended: this instance joins its group again")
            try subscribe(consumer)
        }
    }
}

/// A turn that does not end, in words.
struct LongTurn: Error, CustomStringConvertible {
    private let turn: TaskCore.Turn

    init(_ turn: TaskCore.Turn) { self.turn = turn }

    var description: String {
        let step = turn.step.map { "the step \($0)" } ?? "a step"
        guard let record = turn.record else { return "\(step) has been busy outside of a record" }
        return "\(step) has been busy with the record \(record.topic)-\(record.partition) offset \(record.offset)"
    }
}

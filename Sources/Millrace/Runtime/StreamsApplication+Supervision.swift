import KafkaClient
import KafkaProtocol
import Synchronization

extension StreamsApplication {
    /// Starts and ends tasks as the group gives and takes partitions.
    func supervise(_ consumer: Consumer) async throws {
        let events = EventQueue(wake: taskNews)
        try await withThrowingDiscardingTaskGroup { group in
            // Hands events on, so that one wait covers them, the tasks' news and `stop()`.
            group.addTask {
                do {
                    while true { events.append(try await consumer.nextEvent()) }
                } catch let error as KafkaError where error.code == .closed {
                } catch {
                    events.fail(error)
                }
            }
            var runners: [TaskRunner] = []
            var idle = IdleWatch()
            while true {
                while let event = try events.popFirst() {
                    switch event {
                    case .assigned(let partitions):
                        try await end(&runners, .committing, events)
                        // Topics may have got partitions since; what that means is known by the plan.
                        guard let plan = try await unlessStopping({ try await self.prepareTopics() }) else { break }
                        runners = makeRunners(for: partitions, member: consumer.groupMetadata)
                        setTaskCount(runners.count)
                        configuration.observer(.assigned(runners.map(\.id)))
                        for runner in runners {
                            group.addTask {
                                do {
                                    try await runner.run(consumer, plan)
                                } catch is CancellationError {
                                } catch {
                                    events.taskFailed(self.explained(error, runner.id))
                                }
                            }
                        }
                    case .revoked:
                        try await end(&runners, .committing, events)
                        consumer.acknowledgeRevocation()
                    case .lost:
                        try await end(&runners, .lost, events)
                    case .error(let error):
                        warn("\(error)")
                    }
                }
                if let error = events.taskFailure {
                    try await end(&runners, .committing, events)
                    throw error
                }
                if let stuck = stuckTurn(of: runners) {
                    try await giveUp(stuck, &runners, consumer, events)
                    continue
                }
                if isStopping {
                    try await end(&runners, .committing, events)
                    if let error = events.taskFailure { throw error }
                    break
                }
                try Task.checkCancellation()
                var wait = runners.isEmpty ? nil : Self.lookInterval
                if exitsWhenIdle {
                    switch idle.look(at: runners) {
                    case .goOn: break
                    case .check:
                        guard let isDone = try await unlessStopping({ try await self.allInputIsCommitted() }) else { break }
                        if isDone {
                            stop()
                            continue
                        }
                        wait = idle.nextCheck()
                    }
                }
                if let wait {
                    await taskNews.wait(milliseconds: wait, sleep: client.environment.sleep)
                } else {
                    await taskNews.wait()
                }
            }
            group.cancelAll()
        }
    }

    private func makeRunners(for partitions: [TopicPartition], member: GroupMetadata) -> [TaskRunner] {
        blueprint.taskGroups.flatMap { group -> [TaskRunner] in
            let topics = Set(blueprint.sourceTopics(of: group))
            let byPartition = Dictionary(grouping: partitions.filter { topics.contains($0.topic) }, by: \.partition)
            return byPartition.sorted { $0.key < $1.key }.map { partition, members in
                TaskRunner(
                    id: TaskID(subTopology: group, partition: partition), partitions: members.sorted(), member: member,
                    application: self)
            }
        }
    }

    /// Ends all tasks and waits for them. If meanwhile the group gives the partitions to others, they are dropped at once.
    private func end(_ runners: inout [TaskRunner], _ how: TaskRunner.Stop, _ events: EventQueue) async throws {
        for runner in runners { runner.stop(how) }
        while !runners.allSatisfy(\.isFinished) {
            if events.hasLost { for runner in runners { runner.stop(.lost) } }
            await taskNews.wait()
            try Task.checkCancellation()
        }
        runners = []
    }

    private func explained(_ error: any Error, _ task: TaskID) -> StreamsError {
        guard let error = error as? StreamsError else {
            return StreamsError(.broker, "task \(task) failed", underlying: error)
        }
        return StreamsError(error.code, "task \(task) failed: \(error.message)", underlying: error.underlying)
    }
}

/// The consumer's events on their way to the supervisor.
final class EventQueue: Sendable {
    private let state = Mutex<(events: [ConsumerEvent], error: (any Error)?, taskError: (any Error)?)>(([], nil, nil))
    private let wake: WakeSignal

    init(wake: WakeSignal) { self.wake = wake }

    func append(_ event: ConsumerEvent) {
        state.withLock { $0.events.append(event) }
        wake.set()
    }

    func fail(_ error: any Error) {
        state.withLock { $0.error = error }
        wake.set()
    }

    func taskFailed(_ error: any Error) {
        state.withLock { $0.taskError = $0.taskError ?? error }
        wake.set()
    }

    /// Why the first task that failed did so.
    var taskFailure: (any Error)? { state.withLock { $0.taskError } }

    /// Whether the group has gone on without this instance, or the consumer has failed.
    var hasLost: Bool {
        state.withLock { state in
            state.error != nil || state.events.contains { if case .lost = $0 { true } else { false } }
        }
    }

    /// Forgets the events that were not taken.
    func removeAll() { state.withLock { $0.events = [] } }

    func popFirst() throws -> ConsumerEvent? {
        try state.withLock { state in
            if !state.events.isEmpty { return state.events.removeFirst() }
            if let error = state.error { throw error }
            return nil
        }
    }
}

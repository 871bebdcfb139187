internal import KafkaProtocol
internal import Synchronization

/// All consumer groups of a broker: keeps the state machines behind a lock, writes what must last, answers those who
/// wait, and looks after deadlines.
final class GroupCoordinator: Sendable {
    struct State: Sendable {
        var groups: [Name: Group] = [:]
        fileprivate var joins: [ReplyTicket: (group: Name, answer: CheckedContinuation<JoinResult, Never>)] = [:]
        fileprivate var syncs: [ReplyTicket: (group: Name, answer: CheckedContinuation<SyncResult, Never>)] = [:]
        fileprivate var lastTicket: ReplyTicket = 0
        /// When the timer fires; nil if none is set.
        fileprivate var timerDeadline: Int64?
        fileprivate var isClosed = false
    }

    /// Continuations to resume once the lock is given back.
    private typealias Answers = [@Sendable () -> Void]

    let configuration: BrokerConfiguration
    let clock: BrokerClock
    let log: InternalLog
    private let topics: TopicRegistry
    let state: Mutex<State>
    private let timers: BrokerTimers
    let report: BrokerReport

    /// Reads the groups from the log. `openProducers` have transactions that are not decided yet; offsets of other
    /// producers' transactions are dropped.
    init(
        log: InternalLog, topics: TopicRegistry, configuration: BrokerConfiguration, clock: BrokerClock, timers: BrokerTimers,
        openProducers: Set<Int64>, report: BrokerReport
    ) throws {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        self.topics = topics
        self.timers = timers
        self.report = report
        var groups: [Name: Group] = [:]
        var snapshots: [Name: GroupSnapshot] = [:]
        var consumers: [Name: ConsumerGroupReplay] = [:]
        func change(_ id: Name, _ body: (inout Group) -> Void) {
            var group = groups.removeValue(forKey: id) ?? Self.newGroup(id, configuration)
            body(&group)
            groups[id] = group
        }
        try log.replay { key, value in
            switch try GroupRecord(key: key, value: value) {
            case .offset(let id, let partition, let offset): change(id) { $0.offsets[partition] = offset }
            case .pendingOffset(let producerID, let id, let partition, let offset):
                guard openProducers.contains(producerID) else { return }
                change(id) { $0.pendingOffsets[producerID, default: [:]][partition] = offset }
            case .group(let id, let snapshot): snapshots[id] = snapshot
            case .consumer(let id, let record): consumers[id, default: ConsumerGroupReplay()].take(record)
            case nil: break
            }
        }
        let now = clock.monotonic()
        for (id, snapshot) in snapshots { change(id) { $0.restore(snapshot, now: now, wall: clock.wall()) } }
        for (id, replay) in consumers {
            change(id) {
                $0.consumer = replay.group(settings: $0.settings.consumer, now: now)
                $0.noteEmptiness(wall: clock.wall())
            }
        }
        for (id, var group) in groups {
            group.pendingOffsets = group.pendingOffsets.filter { !$0.value.isEmpty }
            groups[id] = group.isDisposable ? nil : group
        }
        state = Mutex(State(groups: groups))
        scheduleTimer()
    }

    static func newGroup(_ id: Name, _ configuration: BrokerConfiguration) -> Group {
        Group(
            id: id,
            settings: .init(
                initialRebalanceDelay: configuration.groupInitialRebalanceDelay, maximumSize: configuration.groupMaxSize,
                consumer: .init(
                    sessionTimeout: configuration.groupConsumerSessionTimeout,
                    maximumSize: configuration.groupConsumerMaxSize)))
    }

    // MARK: Membership

    /// Joins, and waits until the group's next generation begins.
    func join(_ id: Name, _ event: JoinEvent, on connection: RequestConnection) async -> JoinResult {
        let ticket = newTicket()
        let waiter = connection.onClose { [weak self] in self?.forget(ticket) }
        defer { connection.forget(waiter) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform(id) { state, group, now in
                    guard !Task.isCancelled, !state.isClosed, !connection.isClosed else {
                        let result = JoinResult(error: .coordinatorNotAvailable, memberID: event.memberID)
                        state.joins[ticket] = (id, continuation)
                        return [.answerJoin(ticket, result)]
                    }
                    state.joins[ticket] = (id, continuation)
                    var actions: [GroupAction] = []
                    if let result = joinConsumers(&group, event, now: now, &actions) {
                        return actions + [.answerJoin(ticket, result)]
                    }
                    return actions + group.classic.join(event, ticket: ticket, now: now)
                }
            }
        } onCancel: {
            forget(ticket)
        }
    }

    /// Syncs, and waits until the leader has assigned.
    func sync(
        _ id: Name, memberID: Name, instanceID: Name?, generation: Int32, protocolType: Name?,
        protocolName: Name?, assignments: [Name: Bytes], on connection: RequestConnection
    ) async -> SyncResult {
        let ticket = newTicket()
        let waiter = connection.onClose { [weak self] in self?.forget(ticket) }
        defer { connection.forget(waiter) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform(id) { state, group, now in
                    state.syncs[ticket] = (id, continuation)
                    guard !Task.isCancelled, !state.isClosed, !connection.isClosed else {
                        return [.answerSync(ticket, SyncResult(error: .coordinatorNotAvailable))]
                    }
                    guard group.consumer != nil else {
                        return group.classic.sync(
                            memberID: memberID, instanceID: instanceID, generation: generation,
                            protocolType: protocolType, protocolName: protocolName, assignments: assignments,
                            ticket: ticket, now: now)
                    }
                    var result = SyncResult(error: .unknownMemberId)
                    do {
                        result =
                            try group.consumer?.sync(
                                memberID: memberID, instanceID: instanceID, generation: generation,
                                protocolType: protocolType, protocolName: protocolName, topics: topics.image, now: now)
                            ?? result
                    } catch {
                        result.error = RequestError(error).code
                    }
                    return [.answerSync(ticket, result)]
                }
            }
        } onCancel: {
            forget(ticket)
        }
    }

    func heartbeat(_ id: Name, memberID: Name, instanceID: Name?, generation: Int32) -> KafkaErrorCode {
        var error = KafkaErrorCode.none
        perform(id) { _, group, now in
            do {
                error =
                    try group.consumer?.classicHeartbeat(
                        memberID: memberID, instanceID: instanceID, generation: generation, now: now)
                    ?? group.classic.heartbeat(
                        memberID: memberID, instanceID: instanceID, generation: generation, now: now)
            } catch let refusal {
                error = RequestError(refusal).code
            }
            return []
        }
        return error
    }

    func leave(_ id: Name, memberID: Name, instanceID: Name?) -> KafkaErrorCode {
        var error = KafkaErrorCode.none
        perform(id) { _, group, now in
            var actions: [GroupAction] = []
            if let result = leaveConsumers(&group, memberID: memberID, instanceID: instanceID, now: now, &actions) {
                error = result
                return actions
            }
            let outcome = group.classic.leave(memberID: memberID, instanceID: instanceID, now: now)
            error = outcome.error
            return outcome.actions
        }
        return error
    }

    private func newTicket() -> ReplyTicket {
        state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
    }

    /// The one who waits under this ticket has gone.
    private func forget(_ ticket: ReplyTicket) {
        let answer = state.withLock { state -> (@Sendable () -> Void)? in
            let now = clock.monotonic()
            if let (id, continuation) = state.joins.removeValue(forKey: ticket) {
                state.groups[id]?.classic.forgetWait(ticket, now: now)
                return { continuation.resume(returning: JoinResult(error: .requestTimedOut)) }
            }
            if let (id, continuation) = state.syncs.removeValue(forKey: ticket) {
                state.groups[id]?.classic.forgetWait(ticket, now: now)
                return { continuation.resume(returning: SyncResult(error: .requestTimedOut)) }
            }
            return nil
        }
        answer?()
        scheduleTimer()
    }

    // MARK: Machinery

    /// Gives `body` the group and carries its actions out.
    private func perform(_ id: Name, _ body: (inout State, inout Group, _ now: Int64) -> [GroupAction]) {
        let answers = state.withLock { state -> Answers in
            var group = state.groups.removeValue(forKey: id) ?? Self.newGroup(id, configuration)
            let actions = body(&state, &group, clock.monotonic())
            return finish(group, actions, &state)
        }
        for answer in answers { answer() }
        scheduleTimer(for: id)
    }

    /// Lets `body` change a group's membership by the consumer protocol. On return the change is in the file; if it cannot be
    /// written, or `body` throws, nothing has changed.
    func transact<Result>(
        _ group: inout Group, now: Int64, _ actions: inout [GroupAction],
        _ body: (inout Group, TopicImage, inout [GroupAction]) throws -> Result
    ) throws -> Result {
        let topics = topics.image
        var next = group
        var added: [GroupAction] = []
        let result = try body(&next, topics, &added)
        added += try next.useClassicProtocolIfAlone(topics: topics, now: now)
        do {
            try log.append(next.takeRecords(since: group, wall: clock.wall()).map { try $0.encoded() })
        } catch {
            throw RequestError(.coordinatorNotAvailable, "The broker cannot write the change down: \(error)")
        }
        group = next
        actions += added
        return result
    }

    /// Lets `body` change the membership of the group `id` so.
    func transact<Result>(
        _ id: Name, _ body: (inout Group, TopicImage, Int64, inout [GroupAction]) throws -> Result
    ) throws -> Result {
        var result = Swift.Result<Result, any Error>.failure(CancellationError())
        perform(id) { _, group, now in
            var actions: [GroupAction] = []
            result = Swift.Result {
                try transact(&group, now: now, &actions) { group, topics, actions in
                    try body(&group, topics, now, &actions)
                }
            }
            return actions
        }
        return try result.get()
    }

    /// Puts a changed group back, writes it down if it must be, and collects the answers.
    private func finish(_ group: Group, _ actions: [GroupAction], _ state: inout State) -> Answers {
        var group = group
        group.noteEmptiness(wall: clock.wall())
        var answers: Answers = []
        for action in actions {
            switch action {
            case .persist: persist(group)
            case .answerJoin(let ticket, let result):
                guard let (_, continuation) = state.joins.removeValue(forKey: ticket) else { continue }
                answers.append { continuation.resume(returning: result) }
            case .answerSync(let ticket, let result):
                guard let (_, continuation) = state.syncs.removeValue(forKey: ticket) else { continue }
                answers.append { continuation.resume(returning: result) }
            }
        }
        if !group.isDisposable { state.groups[group.id] = group }
        return answers
    }

    /// A group that cannot be written down goes on: after a restart its members would just join anew.
    private func persist(_ group: Group) {
        do {
            try log.append([GroupRecord.group(group.id, GroupSnapshot(group.classic, timestamp: clock.wall())).encoded()])
        } catch {
            report("generation \(group.classic.generation) could not be written down: \(error)", about: "group \(group.id)")
        }
    }

    /// Sets the timer if a group has a deadline before it: the named one, or any.
    private func scheduleTimer(for id: Name? = nil) {
        let deadline = state.withLock { state -> Int64? in
            guard !state.isClosed else { return nil }
            let groups = id.map { state.groups[$0].map { [$0] } ?? [] } ?? Array(state.groups.values)
            guard let next = groups.compactMap(\.nextDeadline).min(), next < state.timerDeadline ?? .max else {
                return nil
            }
            state.timerDeadline = next
            return next
        }
        guard let deadline else { return }
        timers.schedule(at: deadline) { [weak self] in self?.expire(deadline) }
    }

    private func expire(_ deadline: Int64) {
        let answers = state.withLock { state -> Answers in
            if state.timerDeadline == deadline { state.timerDeadline = nil }
            let now = clock.monotonic()
            var answers: Answers = []
            for (id, group) in state.groups {
                guard let next = group.nextDeadline, next <= now else { continue }
                state.groups[id] = nil
                var group = group
                var actions = group.classic.expire(now: now)
                expireConsumers(&group, now: now, &actions)
                answers += finish(group, actions, &state)
            }
            return answers
        }
        for answer in answers { answer() }
        scheduleTimer()
    }

    private func expireConsumers(_ group: inout Group, now: Int64, _ actions: inout [GroupAction]) {
        guard let next = group.consumer?.nextDeadline, next <= now else { return }
        do {
            try transact(&group, now: now, &actions) { group, _, _ in group.consumer?.expire(now: now) }
        } catch {
            group.consumer?.postpone(now: now)
        }
    }

    /// Answers everyone who waits; later joins and syncs are refused.
    func close() {
        let answers = state.withLock { state -> Answers in
            state.isClosed = true
            var answers: Answers = []
            for (_, continuation) in state.joins.values {
                answers.append { continuation.resume(returning: JoinResult(error: .coordinatorNotAvailable)) }
            }
            for (_, continuation) in state.syncs.values {
                answers.append { continuation.resume(returning: SyncResult(error: .coordinatorNotAvailable)) }
            }
            state.joins = [:]
            state.syncs = [:]
            return answers
        }
        for answer in answers { answer() }
    }
}

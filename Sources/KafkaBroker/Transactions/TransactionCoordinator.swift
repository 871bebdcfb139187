internal import KafkaProtocol
internal import Synchronization

/// All transactional ids of a broker: keeps the state machines behind a lock, writes every change down before it
/// counts, and writes the markers that end a transaction.
final class TransactionCoordinator: Sendable {
    struct State: Sendable {
        var table: TransactionTable
        /// When the timer fires (monotonic clock); nil if none is set.
        var timerDeadline: Int64?
        var isClosed = false
    }

    /// There is one coordinator, and it is never replaced.
    static let epoch: Int32 = 0
    /// How long after a marker could not be written it is tried again, in milliseconds.
    static let retryDelay: Int64 = 1000

    let log: InternalLog
    let producerIDs: ProducerIDs
    let topics: TopicRegistry
    let groups: GroupCoordinator
    let configuration: BrokerConfiguration
    let clock: BrokerClock
    let timers: BrokerTimers
    let report: BrokerReport
    let state: Mutex<State>

    init(
        table: TransactionTable, log: InternalLog, producerIDs: ProducerIDs, topics: TopicRegistry,
        groups: GroupCoordinator, configuration: BrokerConfiguration, clock: BrokerClock, timers: BrokerTimers,
        report: BrokerReport
    ) {
        self.log = log
        self.producerIDs = producerIDs
        self.topics = topics
        self.groups = groups
        self.configuration = configuration
        self.clock = clock
        self.timers = timers
        self.report = report
        state = Mutex(State(table: table))
    }

    /// A producer's id and epoch, or why there is none.
    typealias ProducerAnswer = Result<(producerID: Int64, epoch: Int16), RequestError>

    /// Gives a producer its id and epoch. With a transactional id, what an earlier producer left open is aborted.
    func initialize(
        transactionalID id: Name?, timeout: Int64, expected: (producerID: Int64, epoch: Int16)?, isInProcess: Bool
    ) -> ProducerAnswer {
        do {
            guard let id else { return .success((try producerIDs.next(), 0)) }
            guard !id.isEmpty else { throw RequestError(.invalidRequest, "The transactional id is empty.") }
            guard timeout > 0, timeout <= configuration.transactionMaxTimeout else {
                throw RequestError(
                    .invalidTransactionTimeout,
                    "The transaction timeout must be in 1...\(configuration.transactionMaxTimeout) ms.")
            }
            var expected = expected
            // Twice at most: an open transaction is aborted first.
            for _ in 0..<2 {
                var toAbort: Transaction?
                let answer = try state.withLock { state -> ProducerAnswer? in
                    try self.checkOpen(state)
                    var next = try state.table.transactions[id] ?? Transaction(id: id, producerID: producerIDs.next())
                    let now = clock.wall()
                    switch try next.initialize(
                        expected: expected, timeout: timeout, isInProcess: isInProcess, now: now,
                        freshProducerID: producerIDs.next)
                    {
                    case .refused(let error):
                        throw RequestError(error, "transactional id \(id)")
                    case .ready:
                        try self.write(next, to: &state)
                        return .success((next.producerID, next.producerEpoch))
                    case .abortFirst:
                        next.fence(now: now)
                        try self.write(next, to: &state)
                        toAbort = next
                        return nil
                    }
                }
                if let answer { return answer }
                if let toAbort { finish(toAbort) }
                expected = nil
            }
            throw RequestError(.concurrentTransactions, "transactional id \(id): a transaction is being aborted")
        } catch {
            return .failure(RequestError(error))
        }
    }

    /// Makes partitions or groups part of a transaction.
    func add(
        to id: Name, partitions: [TopicPartition] = [], groups: [Name] = [], producerID: Int64, epoch: Int16
    ) -> KafkaErrorCode {
        guard !id.isEmpty else { return .invalidRequest }
        let (error, hasBegun) = state.withLock {
            add(to: id, partitions: partitions, groups: groups, producerID: producerID, epoch: epoch, &$0)
        }
        if hasBegun { scheduleTimer(for: id) }
        return error
    }

    /// Also tells whether a transaction has begun.
    private func add(
        to id: Name, partitions: [TopicPartition], groups: [Name], producerID: Int64, epoch: Int16,
        _ state: inout State
    ) -> (error: KafkaErrorCode, hasBegun: Bool) {
        guard !state.isClosed else { return (.coordinatorNotAvailable, false) }
        guard var next = state.table.transactions[id] else { return (.invalidProducerIdMapping, false) }
        let before = next
        let error = next.add(
            partitions: partitions, groups: groups, producerID: producerID, epoch: epoch, now: clock.wall())
        guard error == .none else { return (error, false) }
        let isKnown =
            before.state == .ongoing && before.partitions.count == next.partitions.count
            && before.groups.count == next.groups.count
        guard !isKnown else { return (.none, false) }
        do { try write(next, to: &state) } catch { return (RequestError(error).code, false) }
        return (.none, before.state != .ongoing)
    }

    /// What is wrong with a write to a partition that says it belongs to a transaction; `.none` if nothing.
    func membershipError(of partition: TopicPartition, in id: Name, producerID: Int64, epoch: Int16) -> KafkaErrorCode {
        state.withLock { state in
            state.table.transactions[id]?.membershipError(partition: partition, producerID: producerID, epoch: epoch)
                ?? .invalidProducerIdMapping
        }
    }

    /// Stores a group's offsets as part of a transaction that the group was added to, or is added to with `addsGroup`.
    func commitOffsets(
        _ offsets: [TopicPartition: CommittedOffset], of group: Name, in id: Name, epoch: Int16,
        by committer: GroupCoordinator.Committer, addsGroup: Bool = false
    ) -> KafkaErrorCode {
        let producerID = committer.producerID ?? -1
        // Under the lock, so that the transaction cannot end in between. The group's lock comes after this one.
        let (error, hasBegun) = state.withLock { state -> (KafkaErrorCode, Bool) in
            var hasBegun = false
            if addsGroup {
                let added = add(
                    to: id, partitions: [], groups: [group], producerID: producerID, epoch: epoch, &state)
                guard added.error == .none else { return added }
                hasBegun = added.hasBegun
            }
            guard let transaction = state.table.transactions[id] else { return (.invalidProducerIdMapping, false) }
            let error = transaction.membershipError(group: group, producerID: producerID, epoch: epoch)
            guard error == .none else { return (error, hasBegun) }
            return (groups.commit(group, offsets, by: committer), hasBegun)
        }
        if hasBegun { scheduleTimer(for: id) }
        return error
    }

    /// Forgets ids that nobody has used for `transactionalIDExpiration` and that have no transaction open.
    func expireIDs() {
        guard configuration.transactionalIDExpiration >= 0 else { return }
        state.withLock { state in
            let now = clock.wall()
            let expired = state.table.transactions.values.filter {
                $0.isUnused(since: now.saturatingSubtract(configuration.transactionalIDExpiration))
            }
            guard !state.isClosed, !expired.isEmpty else { return }
            do {
                try log.append(expired.map { (try $0.encoded().key, nil) })
                for transaction in expired { state.table.transactions[transaction.id] = nil }
            } catch {
                report("transactional ids that were not used for long could not be removed: \(error)")
            }
        }
    }

    /// Writes a transaction down; only then it counts.
    func write(_ transaction: Transaction, to state: inout State) throws {
        try log.append([transaction.encoded()])
        state.table.transactions[transaction.id] = transaction
    }

    func checkOpen(_ state: borrowing State) throws {
        guard !state.isClosed else { throw RequestError(.coordinatorNotAvailable, "the broker is closing") }
    }

    /// All transactional ids, in order.
    var all: [Transaction] { state.withLock { Array($0.table.transactions.values) }.sorted { $0.id < $1.id } }

    func transaction(_ id: Name) -> Transaction? { state.withLock { $0.table.transactions[id] } }

    /// No more timeouts and retries.
    func close() { state.withLock { $0.isClosed = true } }
}

import KafkaClient
import KafkaProtocol
import Synchronization

/// The transactions of an instance under exactly-once: one producer for all its tasks (KIP-447).
///
/// Tasks keep what they write until they commit; then that and their positions go into the next transaction, with what other tasks
/// commit at the moment (`CommitQueue`). So a transaction is open for a few requests only, however long records take, and a task
/// that fails leaves nothing in it.
final class SharedTransactions: Sendable {
    /// Where the batches of a commit end, by partition.
    typealias Ends = [TopicPartition: Int64]

    private struct State {
        var queue = CommitQueue<TaskCommit>()
        /// Who waits for the commits, by number.
        var answers: [Int: OneShot<Ends>] = [:]
        /// Who waits for the producer.
        var openings: [OneShot<Void>] = []
        var isReady = false
        var isClosed = false
    }

    private let client: KafkaClient
    private let group: String
    /// For how long in milliseconds the group may refuse because it is going on to its next generation.
    private let patience: Int64
    private let warn: @Sendable (String) -> Void
    private let waiter: WaitBoard.Owner
    private let state = Mutex(State())
    private let news = Notifier()

    init(client: KafkaClient, group: String, patience: Duration, warn: @escaping @Sendable (String) -> Void) {
        self.client = client
        self.group = group
        self.patience = patience.milliseconds
        self.warn = warn
        waiter = client.waits.newOwner()
    }

    // MARK: - For tasks

    /// Returns once the transactional id is this instance's, so that what a predecessor or an earlier failure has left open is
    /// settled. Throws why it cannot be had.
    func open() async throws {
        let opening = OneShot<Void>()
        let isReady = try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            if !state.isReady { state.openings.append(opening) }
            return state.isReady
        }
        if isReady { return }
        news.notify()
        try await opening.value()
    }

    /// Commits, in a transaction with what others commit now. Throws what has made it fail; then nothing of it counts, unless
    /// nobody knows, which `open` waits to have settled.
    func commit(_ commit: TaskCommit) async throws -> Ends {
        let answer = OneShot<Ends>()
        try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            state.answers[state.queue.add(commit)] = answer
        }
        news.notify()
        return try await answer.value()
    }

    /// How many commits wait for the next transaction.
    var waiting: Int { state.withLock { $0.queue.count } }

    // MARK: - Running

    /// Carries commits out until the task is cancelled. Run it as a child task, once. A producer that can no more be used gives way
    /// to another, which takes over its transactional id.
    func run(_ makeProducer: @escaping @Sendable () -> Producer) async {
        while !Task.isCancelled {
            let seen = news.version
            guard state.withLock({ !$0.openings.isEmpty || !$0.queue.isEmpty }) else {
                await news.wait(after: seen)
                continue
            }
            let producer = makeProducer()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await producer.run() }
                await serve(producer)
                group.cancelAll()
            }
        }
        state.withLock { $0.isClosed = true }
        failAll(CancellationError())
    }

    /// Works with one producer until that cannot be used any more.
    private func serve(_ producer: Producer) async {
        do {
            try await producer.initTransactions()
        } catch {
            return failAll(error)
        }
        let openings = state.withLock { state in
            state.isReady = true
            defer { state.openings = [] }
            return state.openings
        }
        for opening in openings { opening.finish(.success(())) }
        var isUsable = true
        while isUsable, !Task.isCancelled {
            let seen = news.version
            let entries = state.withLock { $0.queue.takeNext() }
            if entries.isEmpty {
                await news.wait(after: seen)
            } else {
                isUsable = await carryOut(entries, producer)
            }
        }
    }

    /// Makes a transaction of the commits. Returns whether the producer can go on.
    private func carryOut(_ entries: [CommitQueue<TaskCommit>.Entry], _ producer: Producer) async -> Bool {
        var valid: [CommitQueue<TaskCommit>.Entry] = []
        for entry in entries {
            do {
                _ = try entry.commit.member()
                valid.append(entry)
            } catch {
                answer(entry, .failure(error))
            }
        }
        guard !valid.isEmpty else { return true }
        do {
            let ends = try await transact(valid.map(\.commit), producer)
            for (entry, ends) in zip(valid, ends) { answer(entry, .success(ends)) }
            return true
        } catch {
            let failure = TaskFailure(error)
            let isOver = Task.isCancelled || (error as? KafkaError)?.isFatal ?? false
            // Brokers that do not answer would not answer an abort either: the next producer settles it.
            guard !isOver, failure != .outage || Self.isAnswered(error), await abort(producer) else {
                state.withLock { $0.isReady = false }
                fail(valid, error)
                if Task.isCancelled {
                    // So that readers need not wait until the transaction times out.
                    await shieldedFromCancellation(for: .seconds(1), client.environment) { try? await producer.abortTransaction() }
                }
                return false
            }
            let failed = state.withLock { $0.queue.aborted(valid, concernsAll: failure == .migrated) }
            if failed.isEmpty { warn("the transaction of \(valid.count) tasks was aborted, so each commits alone: \(error)") }
            fail(failed, error)
            return true
        }
    }

    /// Whether a broker has said no, and not just nothing.
    private static func isAnswered(_ error: any Error) -> Bool {
        guard let error = error as? KafkaError else { return false }
        return error.errorCode != nil || error.underlying.map(isAnswered) ?? false
    }

    private func transact(_ commits: [TaskCommit], _ producer: Producer) async throws -> [Ends] {
        try producer.beginTransaction()
        try producer.enqueueNow(commits.flatMap(\.batches))
        // Meanwhile the batches are under way.
        try await producer.announceOffsets(of: group)
        try await producer.flush()
        let ends = commits.map { commit in
            commit.batches.reduce(into: Ends()) { $0[$1.topicPartition] = producer.endOffset(of: $1.topicPartition) }
        }
        var offsets: [TopicPartition: OffsetAndMetadata] = [:]
        for (commit, ends) in zip(commits, ends) { offsets.merge(commit.offsets(ends)) { $1 } }
        // All are of the same member, as long as any is.
        if let member = commits.first?.member { try await offer(offsets, as: member, producer) }
        try await producer.commitTransaction()
        return ends
    }

    /// Offers the offsets as the member that this instance is at the moment; again while the group goes on to its next generation, in
    /// which the tasks are this instance's still. Throws `.rebalanced` once they are not.
    private func offer(
        _ offsets: [TopicPartition: OffsetAndMetadata], as member: () throws -> GroupMetadata, _ producer: Producer
    ) async throws {
        try await GroupPatience(client: client, milliseconds: patience, waiter: waiter).retrying("commit") {
            try await producer.offerOffsetsToTransaction(offsets, group: try member())
        }
    }

    private func abort(_ producer: Producer) async -> Bool {
        do {
            try await producer.abortTransaction()
            return true
        } catch {
            return false
        }
    }

    // MARK: - Answers

    private func answer(_ entry: CommitQueue<TaskCommit>.Entry, _ result: Result<Ends, any Error>) {
        state.withLock { $0.answers.removeValue(forKey: entry.number) }?.finish(result)
    }

    private func fail(_ entries: [CommitQueue<TaskCommit>.Entry], _ error: any Error) {
        for entry in entries { answer(entry, .failure(error)) }
    }

    /// All who wait are told of the error.
    private func failAll(_ error: any Error) {
        let (entries, openings) = state.withLock { state in
            defer { state.openings = [] }
            return (state.queue.takeAll(), state.openings)
        }
        fail(entries, error)
        for opening in openings { opening.finish(.failure(error)) }
    }
}

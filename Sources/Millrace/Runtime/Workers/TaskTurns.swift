import KafkaClient
import KafkaProtocol
import Synchronization

/// The turns of one task: those of its runner, and queries that look into its stores. One is taken at a time, on whatever thread, and
/// nobody waits for a lock meanwhile.
///
/// Queries are answered by the thread that has the turn under way, where it stops between two records (`answerQueries`) and at its end,
/// or else at once by a thread that is there for queries, however many tasks wait for the others.
final class TaskTurns: Sendable {
    /// So many queries may wait.
    static let most = 1024
    /// So many queries are answered before the runner has the task again.
    static let mostAtOnce = 32

    /// Why a query is not answered.
    enum Refusal: Error {
        /// The task has ended.
        case over
        /// Too many wait.
        case crowded
        /// It has waited for too long.
        case late
    }

    /// What a thread comes for.
    private enum Visit { case work, queries }

    private struct Turn: Sendable {
        /// Of a query: until when it waits.
        let deadline: Int64?
        let take: @Sendable () -> Void
        let refuse: @Sendable (any Error) -> Void
        var isQuery: Bool { deadline != nil }
    }

    private struct State {
        /// The runner's turns that wait.
        var work: [Turn] = []
        var queries: [Turn] = []
        /// What threads are on their way for.
        var expected: Set<Visit> = []
        /// A thread has come for the runner's turn while a query was answered: no more are, until it has come again.
        var isWorkDue = false
        /// When the turn that is under way began.
        var since: Int64?
        /// What is to be done once the turn under way has ended, after which there are no more.
        var ending: (@Sendable () -> Void)?
        var isOver = false

        /// The visits that nobody is on his way for, and that whatever is under way does not make needless.
        mutating func newVisits() -> [Visit] {
            guard since == nil, ending == nil else { return [] }
            var visits: [Visit] = []
            if !work.isEmpty, expected.insert(.work).inserted { visits.append(.work) }
            let waitsForWork = isWorkDue && !work.isEmpty
            if !queries.isEmpty, !waitsForWork, expected.insert(.queries).inserted { visits.append(.queries) }
            return visits
        }

        mutating func takeQueries() -> [Turn] {
            let taken = Array(queries.prefix(TaskTurns.mostAtOnce))
            queries.removeFirst(taken.count)
            return taken
        }
    }

    private let state = Mutex(State())
    /// Whether queries wait, to be looked at without the lock.
    private let hasQueries = Atomic(false)
    private let workers: WorkerPool
    private let queryWorkers: WorkerPool
    /// Told when queries have to wait.
    private let waiting: Notifier

    /// Turns of the runner are taken on threads of `workers`; queries, while none is under way, on `queryWorkers`.
    init(_ workers: WorkerPool, queries: WorkerPool, waiting: Notifier) {
        self.workers = workers
        queryWorkers = queries
        self.waiting = waiting
    }

    /// When the turn that is under way began; nil if none is.
    var since: Int64? { state.withLock { $0.since } }

    /// How many turns wait.
    var waitingCount: Int { state.withLock { $0.work.count + $0.queries.count } }

    /// Whether queries wait.
    var queriesWait: Bool { hasQueries.load(ordering: .relaxed) }

    /// Takes a turn of the runner, and gives what `body` returns or throws. If the calling task is cancelled, this throws
    /// `CancellationError` at once, and `body` is left behind: it goes on by itself.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await take(deadline: nil, body)
    }

    /// Takes the last turn, and waits for its end whatever happens to the calling task. What waits then is refused.
    func end(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Turn(
                    deadline: nil,
                    take: {
                        let result = Result { try body() }
                        self.refuseAll(Refusal.over)
                        continuation.resume(with: result)
                    }, refuse: { continuation.resume(throwing: $0) }))
        }
    }

    /// Answers a query between two turns or two records of the runner. It waits until `deadline`, as far as somebody calls `expire`.
    /// Throws what `body` throws, and `Refusal`.
    func query<Value: Sendable>(until deadline: Int64, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await take(deadline: deadline, body)
    }

    /// Answers some of the queries that wait: in the middle of a turn that is under way, on its thread, while nothing uses the task.
    func answerQueries() {
        for query in change({ $0.takeQueries() }) { query.take() }
    }

    private func take<Value: Sendable>(
        deadline: Int64?, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let answer = OneShot<Value>()
        enqueue(
            Turn(
                deadline: deadline, take: { answer.finish(Result { try body() }) },
                refuse: { answer.finish(.failure($0)) }))
        return try await answer.value()
    }

    /// The runner does not come back. Returns whether a turn is under way, after which `ending` is called; if not, the runner
    /// still may take one.
    func leaveBehind(_ ending: @escaping @Sendable () -> Void) -> Bool {
        let (isUnderWay, refused) = change { state in
            let isUnderWay = state.since != nil
            var refused = state.work
            state.work = []
            if isUnderWay {
                state.ending = ending
                refused += state.queries
                state.queries = []
            }
            return (isUnderWay, refused)
        }
        for turn in refused { turn.refuse(turn.isQuery ? Refusal.over : CancellationError()) }
        return isUnderWay
    }

    /// Refuses queries that have waited for too long. Returns whether others wait.
    func expire(now: Int64) -> Bool {
        let (late, isWaiting) = change { state in
            let late = state.queries.filter { $0.deadline ?? .max <= now }
            state.queries.removeAll { $0.deadline ?? .max <= now }
            return (late, !state.queries.isEmpty)
        }
        for turn in late { turn.refuse(Refusal.late) }
        return isWaiting
    }

    // MARK: - Taking

    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            defer { hasQueries.store(!state.queries.isEmpty, ordering: .relaxed) }
            return body(&state)
        }
    }

    private func enqueue(_ turn: Turn) {
        enum Outcome { case waits([Visit]), refused(any Error) }
        let outcome = change { state -> Outcome in
            if state.ending != nil { return .refused(turn.isQuery ? Refusal.over : CancellationError()) }
            guard turn.isQuery else {
                state.work.append(turn)
                return .waits(state.newVisits())
            }
            if state.isOver { return .refused(Refusal.over) }
            if state.queries.count >= Self.most { return .refused(Refusal.crowded) }
            state.queries.append(turn)
            return .waits(state.newVisits())
        }
        switch outcome {
        case .waits(let visits):
            if turn.isQuery { waiting.notify() }
            for next in visits { submit(next) }
        case .refused(let error): turn.refuse(error)
        }
    }

    private func submit(_ next: Visit, first: Bool = false) {
        do {
            try (next == .work ? workers : queryWorkers).submit(first: first) { self.visit(next) }
        } catch {
            change { _ = $0.expected.remove(next) }
            refuseAll(error)
        }
    }

    /// A thread comes for the next turn of the runner, or for queries.
    private func visit(_ visit: Visit) {
        let turns = change { state -> [Turn] in
            state.expected.remove(visit)
            guard state.since == nil else {
                // At its end whoever has the task sends for the runner's turn again.
                if visit == .work { state.isWorkDue = true }
                return []
            }
            if visit == .queries, state.isWorkDue, !state.work.isEmpty { return [] }
            if visit == .work { state.isWorkDue = false }
            let turns = visit == .work && !state.work.isEmpty ? [state.work.removeFirst()] : state.takeQueries()
            if !turns.isEmpty { state.since = workers.now() }
            return turns
        }
        guard !turns.isEmpty else { return }
        for turn in turns { turn.take() }
        if visit == .work { answerQueries() }
        let (ending, isWorkDue, next) = change { state in
            state.since = nil
            return (state.ending, state.isWorkDue, state.newVisits())
        }
        // Nobody else comes any more.
        ending?()
        for visit in next { submit(visit, first: visit == .work && isWorkDue) }
    }

    /// Nothing more is answered.
    private func refuseAll(_ error: any Error) {
        let refused = change { state in
            state.isOver = true
            defer { (state.work, state.queries) = ([], []) }
            return state.work + state.queries
        }
        for turn in refused { turn.refuse(error) }
    }
}

import KafkaClient
import KafkaProtocol
import Synchronization

/// The line of turns of one task: those of its runner, and queries that look into its stores between two of them. One is taken at
/// a time, on whatever thread of the pool, and nobody waits for a lock meanwhile.
final class TaskTurns: Sendable {
    /// So many may wait.
    static let most = 1024
    /// So many queries are answered before others have the thread.
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

    private struct Turn: Sendable {
        /// Of a query: until when it waits.
        let deadline: Int64?
        let take: @Sendable () -> Void
        let refuse: @Sendable (any Error) -> Void
        var isQuery: Bool { deadline != nil }
    }

    private struct State {
        var line: [Turn] = []
        /// Whether a thread takes turns, or is to.
        var isScheduled = false
        /// When the turn that is under way began.
        var since: Int64?
        /// What is to be done once the turn under way has ended, after which there are no more.
        var ending: (@Sendable () -> Void)?
        var isOver = false
    }

    private let state = Mutex(State())
    private let workers: WorkerPool
    /// Told when queries have to wait.
    private let waiting: Notifier

    init(_ workers: WorkerPool, waiting: Notifier) {
        self.workers = workers
        self.waiting = waiting
    }

    /// When the turn that is under way began; nil if none is.
    var since: Int64? { state.withLock { $0.since } }

    /// How many turns wait.
    var waitingCount: Int { state.withLock { $0.line.count } }

    /// Takes a turn of the runner, and gives what `body` returns or throws. If the calling task is cancelled, this throws
    /// `CancellationError` at once, and `body` is left behind: it goes on by itself.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await take(deadline: nil, body)
    }

    /// Takes the last turn, and waits for its end whatever happens to the calling task. What waits behind it is refused.
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

    /// Answers a query between two turns of the runner. It waits until `deadline`, as far as somebody calls `expire`. Throws what
    /// `body` throws, and `Refusal`.
    func query<Value: Sendable>(until deadline: Int64, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await take(deadline: deadline, body)
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
        let (isUnderWay, refused) = state.withLock { state in
            let isUnderWay = state.since != nil
            if isUnderWay { state.ending = ending }
            let refused = state.line.filter { isUnderWay || !$0.isQuery }
            state.line.removeAll { isUnderWay || !$0.isQuery }
            return (isUnderWay, refused)
        }
        for turn in refused { turn.refuse(turn.isQuery ? Refusal.over : CancellationError()) }
        return isUnderWay
    }

    /// Refuses queries that have waited for too long. Returns whether others wait.
    func expire(now: Int64) -> Bool {
        let (late, isWaiting) = state.withLock { state in
            let late = state.line.filter { $0.deadline ?? .max <= now }
            state.line.removeAll { $0.deadline ?? .max <= now }
            return (late, state.line.contains(where: \.isQuery))
        }
        for turn in late { turn.refuse(Refusal.late) }
        return isWaiting
    }

    // MARK: - Taking

    private func enqueue(_ turn: Turn) {
        enum Outcome { case starts, waits, refused(any Error) }
        let outcome = state.withLock { state -> Outcome in
            if state.ending != nil { return .refused(turn.isQuery ? Refusal.over : CancellationError()) }
            if turn.isQuery {
                if state.isOver { return .refused(Refusal.over) }
                if state.line.count >= Self.most { return .refused(Refusal.crowded) }
            }
            state.line.append(turn)
            defer { state.isScheduled = true }
            return state.isScheduled ? .waits : .starts
        }
        switch outcome {
        case .starts: schedule()
        case .waits: if turn.isQuery { waiting.notify() }
        case .refused(let error): turn.refuse(error)
        }
    }

    private func schedule() {
        do {
            try workers.submit { self.takeNext() }
        } catch {
            state.withLock { $0.isScheduled = false }
            refuseAll(error)
        }
    }

    /// Takes the next turn of the runner, or some queries.
    private func takeNext() {
        let turns = state.withLock { state -> [Turn] in
            let queries = Array(state.line.prefix(Self.mostAtOnce).prefix(while: \.isQuery))
            let turns = queries.isEmpty ? Array(state.line.prefix(1)) : queries
            state.line.removeFirst(turns.count)
            if turns.isEmpty { state.isScheduled = false } else { state.since = workers.now() }
            return turns
        }
        guard !turns.isEmpty else { return }
        for turn in turns { turn.take() }
        let (ending, goesOn) = state.withLock { state in
            state.since = nil
            state.isScheduled = state.ending == nil && !state.line.isEmpty
            return (state.ending, state.isScheduled)
        }
        // Nobody else comes any more.
        ending?()
        if goesOn { schedule() }
    }

    /// Nothing more is answered.
    private func refuseAll(_ error: any Error) {
        let refused = state.withLock { state in
            state.isOver = true
            defer { state.line = [] }
            return state.line
        }
        for turn in refused { turn.refuse(error) }
    }
}

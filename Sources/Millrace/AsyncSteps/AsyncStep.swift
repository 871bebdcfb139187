public import KafkaProtocol
import Synchronization

/// An asynchronous step of a task, whatever its types.
protocol AsyncStepping: AnyObject {
    var name: String { get }
    /// How many records have come and were not handed on.
    var inFlight: Int { get }
    /// How many more it takes before the task stops reading.
    var room: Int { get }
    /// When there will be something to do by the clock alone.
    var nextDue: Int64? { get }
    var figures: TaskFigures.Calls { get }
    /// Why a call has failed last.
    var lastError: (any Error)? { get }

    /// Takes note of calls that have ended or take too long, and begins others. Throws if none can begin any more.
    func look(now: Int64) throws
    /// The next record to be handed on.
    func nextReady() -> AsyncReady?
    /// A record that was not handed on is set aside.
    func setAside(_ slot: Int)
    /// A record whose call has failed is tried again.
    func tryAgain(_ slot: Int, at due: Int64)
}

/// A record whose turn it is to be handed on.
struct AsyncReady {
    enum Outcome {
        case result(_ send: () throws -> Void)
        case failure(any Error, rounds: Int)
    }

    let slot: Int
    let origin: CallOrigin
    let outcome: Outcome
}

/// An asynchronous step of a task: makes calls as its queue says. Used in the turns of the task only; results of calls come by way of
/// a mailbox.
@usableFromInline
final class AsyncStep<Key: Sendable, Value: Sendable, NewKey: Sendable, NewValue: Sendable>: AsyncStepping {
    @usableFromInline typealias Transform = @Sendable (_ key: Key?, _ value: Value?) async throws -> KeyValue<NewKey, NewValue>

    private struct Input {
        let key: Key?
        let value: Value?
        let timestamp: Int64
        let headers: [RecordHeader]
        let origin: CallOrigin
    }

    /// What calls have brought.
    private final class Mailbox: Sendable {
        let results = Mutex<[(call: Int, result: Result<KeyValue<NewKey, NewValue>, any Error>)]>([])
    }

    let name: String
    private let transform: Transform
    private let next: Outlet<NewKey, NewValue>
    /// The serde that says which keys are equal; nil if the order of all records is kept.
    private let laneSerde: Serde<Key>?
    private let context: TaskContext
    private var queue: AsyncQueue<Input, KeyValue<NewKey, NewValue>>
    /// The numbers of the queue's calls among those of the task.
    private var numbers: [Int: Int] = [:]
    private let mailbox = Mailbox()

    @usableFromInline
    init(
        _ name: String, _ settings: AsyncSettings<Key>, in assembly: TaskAssembly, _ transform: @escaping Transform
    ) throws {
        self.name = name
        self.transform = transform
        next = try assembly.downstream(of: name, Record<NewKey, NewValue>.self)
        laneSerde = settings.laneSerde
        context = assembly.context
        queue = AsyncQueue(maxInFlight: settings.maxInFlight, retry: settings.retry)
        context.asyncSteps.insert(self, at: 0)
    }

    /// A record comes.
    @usableFromInline
    func accept(_ key: Key?, _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader]) throws {
        let lane = try laneSerde.map { serde in try key.map { try serde.bytes(of: $0) } } ?? Bytes()
        queue.accept(
            Input(key: key, value: value, timestamp: timestamp, headers: headers, origin: context.newOrigin()), lane: lane)
    }

    var inFlight: Int { queue.inFlight }
    var room: Int { queue.room }
    var nextDue: Int64? { queue.nextDue }
    var lastError: (any Error)? { queue.lastError }

    var figures: TaskFigures.Calls {
        let counts = queue.counts
        return TaskFigures.Calls(
            inFlight: queue.inFlight, overdue: queue.overdue, calls: counts.calls, milliseconds: counts.milliseconds,
            retries: counts.retries, failures: counts.failures)
    }

    func look(now: Int64) throws {
        let results = mailbox.results.withLock { results in
            defer { results = [] }
            return results
        }
        for (call, result) in results {
            numbers[call] = nil
            queue.returned(call, result, now: now)
        }
        for call in queue.expire(now: now) { if let number = numbers[call] { context.calls.cancel(number) } }
        if queue.isStuck(now: now) {
            throw StreamsError(
                .processing,
                "no call of the step \(name) can begin: \(queue.overdue) have timed out and do not end, although they "
                    + "were cancelled", underlying: queue.lastError)
        }
        for start in queue.start(now: now) {
            let (key, value, call) = (start.input.key, start.input.value, start.call)
            numbers[call] = context.calls.start { [transform, mailbox] in
                let result: Result<KeyValue<NewKey, NewValue>, any Error>
                do { result = .success(try await transform(key, value)) } catch { result = .failure(error) }
                mailbox.results.withLock { $0.append((call, result)) }
            }
        }
    }

    func nextReady() -> AsyncReady? {
        guard let ready = queue.next() else { return nil }
        let input = ready.input
        switch ready.outcome {
        case .failure(let error, let rounds):
            return AsyncReady(slot: ready.slot, origin: input.origin, outcome: .failure(error, rounds: rounds))
        case .result(let pair):
            queue.finish(ready.slot)
            return AsyncReady(
                slot: ready.slot, origin: input.origin,
                outcome: .result { [next] in try next(pair.key, pair.value, input.timestamp, input.headers) })
        }
    }

    func setAside(_ slot: Int) { queue.finish(slot) }

    func tryAgain(_ slot: Int, at due: Int64) { queue.tryAgain(slot, at: due) }
}

/// What an asynchronous step is told.
@usableFromInline
struct AsyncSettings<Key>: Sendable {
    @usableFromInline let maxInFlight: Int
    /// The serde that says which keys are equal; nil if the order of all records is kept.
    @usableFromInline let laneSerde: Serde<Key>?
    @usableFromInline let retry: AsyncRetry

    @usableFromInline init(maxInFlight: Int, laneSerde: Serde<Key>?, retry: AsyncRetry) {
        self.maxInFlight = maxInFlight
        self.laneSerde = laneSerde
        self.retry = retry
    }
}

import KafkaClient
import Synchronization

/// A registry's state with its log: reads see the state at once, changes are made one after the other.
///
/// A change is decided from a state in which all of the log is applied, its records are written, and its answer is given once they are
/// applied themselves. So what an answer says is in the log, also for another registry that reads it.
package final class RegistryStore: Sendable {
    private typealias Change = @Sendable () async -> Void

    private let log: any RegistryLog
    private let state = Mutex(RegistryState())
    private let changes: AsyncStream<Change>
    private let queue: AsyncStream<Change>.Continuation
    /// How many changes may wait for those before them.
    private static let longestQueue = 256

    /// A store over a log, which is to apply its records by `apply`.
    package init(log: some RegistryLog) {
        self.log = log
        (changes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.longestQueue))
    }

    /// Takes in a record of the log.
    package func apply(_ record: RegistryRecord) { state.withLock { $0.apply(record) } }

    /// What `body` finds.
    package func read<R, E: Error>(_ body: (RegistryState) throws(E) -> R) throws(E) -> R {
        // A copy, as what is to be found may take a while.
        try body(state.withLock { $0 })
    }

    /// Makes changes until the task is cancelled. Run it as a child task, once.
    package func run() async {
        for await change in changes { await change() }
    }

    /// Decides and carries out a change. Throws what `decide` and the log throw, and 50002 if too many wait.
    package func change<R: Sendable>(
        _ decide: @escaping @Sendable (RegistryState) throws(RegistryRefusal) -> RegistryState.Decision<R>
    ) async throws -> R {
        let answer = OneShot<R>()
        let result = queue.yield { answer.finish(await self.carryOut(decide)) }
        switch result {
        case .enqueued: return try await answer.value()
        case .dropped: throw RegistryRefusal.timeout("\(Self.longestQueue) changes wait already; try again")
        case .terminated: throw CancellationError()
        @unknown default: throw CancellationError()
        }
    }

    private func carryOut<R>(
        _ decide: (RegistryState) throws(RegistryRefusal) -> RegistryState.Decision<R>
    ) async -> Result<R, any Error> {
        do {
            try await log.catchUp()
            let decision = try read(decide)
            if !decision.records.isEmpty { try await log.append(decision.records) }
            return .success(decision.answer)
        } catch {
            return .failure(error)
        }
    }
}

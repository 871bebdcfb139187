import Dispatch
import KafkaProtocol
import SchemaRegistry
import Synchronization

extension SchemaRegistryClient {
    /// Asks the registry while the calling thread waits, for as long as a call of this client may take and no longer.
    ///
    /// Serdes are synchronous: where the first record of a schema comes, its task's thread waits here, as at any closure that blocks, and
    /// other tasks go on. The client tells (`SchemaRegistryConfiguration.log`) if the registry does not answer. The asking is the one task of
    /// the package that is no child: its parent is the thread, which waits for its end, or cancels it.
    func waiting<R: Sendable>(to what: String, _ ask: @escaping @Sendable () async throws -> R) throws -> R {
        let answer = Answer<R>()
        let task = Task { answer.give(await Result.catching(ask)) }
        // The client ends by itself; this is for a system that is too busy to let it.
        guard let result = answer.wait(atMost: configuration.timeout + .seconds(5)) else {
            task.cancel()
            throw SchemaRegistryError(.unreachable, "cannot \(what): the schema registry has not answered in \(configuration.timeout)")
        }
        return try result.get()
    }
}

/// An answer that a thread waits for.
private final class Answer<R: Sendable>: Sendable {
    private let result = Mutex<Result<R, any Error>?>(nil)
    private let isGiven = DispatchSemaphore(value: 0)

    func give(_ result: Result<R, any Error>) {
        self.result.withLock { $0 = result }
        isGiven.signal()
    }

    func wait(atMost time: Duration) -> Result<R, any Error>? {
        // Some thirty years, which Dispatch can add to now.
        let milliseconds = min(max(1, time.milliseconds), 1 << 40)
        guard isGiven.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success else { return nil }
        return result.withLock { $0 }
    }
}

extension Result where Failure == any Error {
    fileprivate static func catching(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

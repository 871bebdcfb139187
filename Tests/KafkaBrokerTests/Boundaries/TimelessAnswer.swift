import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

extension Broker {
    /// The answer to a request, before which as much time goes by as it asks to wait.
    func timelessAnswer<R: KafkaRequest>(_ request: R, version: Int16, _ clock: ManualClock) async throws -> R.Response {
        let isDone = Flag()
        return try await withThrowingTaskGroup(of: R.Response?.self) { group in
            group.addTask {
                defer { isDone.set() }
                let source = RequestSource(clientID: "c", host: "/1", isInProcess: true)
                return try await self.answer(request, version: version, from: source)
            }
            group.addTask {
                // A request that does not wait finds the time as it was, and one that does waits for no more than it asked for.
                for _ in 0..<100 where !isDone.isSet { await Task.yield() }
                while !isDone.isSet {
                    await Task.yield()
                    if !self.timers.isEmptyButForMaintenance { clock.advance(by: 1 << 20) }
                }
                return nil
            }
            var found: R.Response?
            for try await response in group { found = found ?? response }
            return try #require(found)
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

extension BrokerTimers {
    /// Whether nobody waits: a broker that runs has two timers of its own.
    fileprivate var isEmptyButForMaintenance: Bool { count <= 2 }
}

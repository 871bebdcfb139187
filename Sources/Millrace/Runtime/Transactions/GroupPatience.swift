import KafkaClient
import KafkaProtocol

/// Tries again what a group refuses while it goes on to its next generation.
struct GroupPatience {
    let client: KafkaClient
    /// For how long; for longer the group waits for nobody.
    let milliseconds: Int64
    let waiter: WaitBoard.Owner

    /// Calls `body` until it returns, or throws something else. `what` is to be done, for those who are told that it waits.
    func retrying(_ what: String, _ body: () async throws -> Void) async throws {
        let began = client.environment.now()
        let key = WaitBoard.Key(waiter, .group)
        defer { client.waits.clear(key) }
        var pause: Int64 = 2
        while true {
            do {
                return try await body()
            } catch let error as KafkaError where error.isOfEarlierGeneration {
                let now = client.environment.now()
                if now.saturatingSubtract(began) >= milliseconds { throw error }
                client.waits.note(key, what, because: error, now: now, isOutage: false)
                try await client.environment.sleep(pause)
                pause = min(100, pause * 2)
            }
        }
    }
}

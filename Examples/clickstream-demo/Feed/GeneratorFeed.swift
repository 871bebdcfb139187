import KafkaClient
import KafkaProtocol

/// Sends generated clicks at a steady rate, or as many as go through.
struct GeneratorFeed: Sendable {
    /// Clicks a second; 0 for as many as go through.
    let rate: Int
    let seed: UInt64

    private static let pause: Duration = .milliseconds(25)
    private static let mostAtOnce = 5000

    /// Sends until the task is cancelled, and throws `CancellationError` then.
    @concurrent func run(_ producer: Producer, partitions: Int32, _ status: DemoStatus) async throws {
        var generator = ClickGenerator(seed: seed, rate: rate)
        var batches = LineBatches(topic: inputTopic, partitions: partitions, batchBytes: 64 << 10)
        var line = ByteWriter(capacity: 256)
        let started = ContinuousClock.now
        var count = 0
        while true {
            try Task.checkCancellation()
            let due = rate > 0 ? Int((.now - started) / .seconds(1) * Double(rate)) - count : Self.mostAtOnce
            let now = producer.client.environment.wallClock()
            for _ in 0..<min(due, Self.mostAtOnce) {
                line.removeAll()
                generator.writeLine(at: now, to: &line)
                line.withUnsafeBytes { batches.append($0, timestamp: now) }
                count += 1
            }
            try await producer.enqueue(batches.takeAll())
            status.noteSent(total: count)
            try await status.waitForRoom()
            if rate > 0, due < Self.mostAtOnce {
                let next: Duration = .seconds(Double(count + 1) / Double(rate))
                try await Task.sleep(until: max(started + next, .now + Self.pause), clock: .continuous)
            }
        }
    }
}

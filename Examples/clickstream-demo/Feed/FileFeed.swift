import KafkaClient
import KafkaProtocol
import MillraceCommandLine

/// Sends the lines of an access log.
struct FileFeed: Sendable {
    let path: String

    /// Sends all of the file. Throws `CommandFailure` if it cannot be read, and `CancellationError`.
    @concurrent func run(_ producer: Producer, partitions: Int32, _ status: DemoStatus) async throws {
        let reader = try InputReader(path: path)
        var splitter = LineSplitter()
        var batches = LineBatches(topic: inputTopic, partitions: partitions, batchBytes: 32 << 10)
        var count = 0
        while let chunk = try await reader.next() {
            let now = producer.client.environment.wallClock()
            try splitter.split(chunk) { line in
                batches.append(line, timestamp: now)
                count += 1
            }
            try await producer.enqueue(batches.takeAll())
            status.noteSent(total: count, share: reader.fraction)
            try await status.waitForRoom()
        }
        let now = producer.client.environment.wallClock()
        try splitter.finish { line in
            batches.append(line, timestamp: now)
            count += 1
        }
        try await producer.enqueue(batches.takeAll())
        status.noteSent(total: count, share: 1)
    }
}

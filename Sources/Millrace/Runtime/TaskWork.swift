import KafkaClient
import KafkaProtocol

/// What a running task works with, and how far it has got. Used by its runner alone.
final class TaskWork {
    let task: StreamTask
    let collector: ProducerCollector
    let producer: Producer
    let consumer: Consumer
    /// The offsets committed last, by queue; nil where there is none.
    var committed: [Int: Int64] = [:]
    /// When the next commit is due, by the client's clock.
    var nextCommit: Int64 = 0
    /// How many commits there were.
    var commits = 0
    var purge: PurgeSchedule
    private var written: [String: Int64] = [:]
    /// How many records are processed before the task looks up again: fewer where they make much output.
    private(set) var stride = 1024

    init(task: StreamTask, collector: ProducerCollector, producer: Producer, consumer: Consumer, purge: PurgeSchedule) {
        self.task = task
        self.collector = collector
        self.producer = producer
        self.consumer = consumer
        self.purge = purge
    }

    /// Hands batches to the producer; waits while it has too much.
    func send(_ batches: [PreparedBatch]) async throws {
        for batch in batches { written[batch.topicPartition.topic, default: 0] += Int64(batch.recordCount) }
        try await producer.enqueue(batches)
    }

    /// Hands full batches to the producer. `processed` records have made them.
    func sendFull(processed: Int) async throws {
        var bytes = 0
        if collector.batches.hasFullBatches {
            let full = collector.batches.takeFull()
            bytes = full.reduce(0) { $0 + $1.sizeInBytes }
            try await send(full)
        }
        if bytes > 2 << 20 {
            stride = max(16, stride / 2)
        } else if processed >= stride {
            stride = min(8192, stride * 2)
        }
    }

    /// Whether a schedule by the wall clock has fired since the last commit.
    var hasPunctuated = false

    /// Whether there is something to commit.
    var isDirty: Bool {
        hasPunctuated || task.queues.indices.contains { task.queues[$0].position != committed[$0] ?? 0 }
    }

    /// Whether nothing is left to be processed for now.
    var isDrained: Bool { task.queues.allSatisfy { $0.isEmpty && $0.isAtEnd } }

    /// The positions to commit, with the stream times that go with them.
    func offsets() -> [TopicPartition: OffsetAndMetadata] {
        Dictionary(
            uniqueKeysWithValues: task.queues.enumerated().map { index, queue in
                (queue.topicPartition, OffsetAndMetadata(offset: queue.position, metadata: task.progress(of: index)))
            })
    }

    func noteCommitted() {
        for (index, queue) in task.queues.enumerated() { committed[index] = queue.position }
        commits += 1
        hasPunctuated = false
    }

    /// Moves what the consumer has read ahead into queues that have run dry.
    func takeBatches() throws {
        for index in task.queues.indices where task.queues[index].isEmpty {
            let partition = task.queues[index].topicPartition
            if let error = consumer.error(of: partition) { throw error }
            if let fetched = consumer.takeBatches(from: partition) {
                if fetched.position != task.queues[index].position { task.queues[index].seek(to: fetched.position) }
                task.queues[index].append(fetched.batches, nextOffset: fetched.nextOffset)
                task.queues[index].isAtEnd = false
                purge.noteTaken(bytes: fetched.sizeInBytes, from: partition.topic)
            } else {
                // What the consumer passes over, such as the ends of transactions, is done with as well.
                if let position = consumer.position(partition), position > task.queues[index].end {
                    task.queues[index].append([], nextOffset: position)
                }
                task.queues[index].isAtEnd = consumer.isAtEnd(partition)
            }
        }
    }

    var totals: TaskTotals {
        TaskTotals(
            processed: task.processedRecords, dropped: task.droppedRecords, bad: task.badRecords,
            written: written, streamTime: task.context.streamTime,
            lag: task.queues.reduce(0) {
                $0 + max(0, (consumer.endOffset($1.topicPartition) ?? $1.position) - $1.position)
            })
    }
}

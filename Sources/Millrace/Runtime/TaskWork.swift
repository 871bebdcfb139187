import KafkaClient
import KafkaProtocol

/// What a running task works with, and how far it has got. Used by its runner alone.
final class TaskWork {
    let task: StreamTask
    let collector: ProducerCollector
    let producer: Producer
    let consumer: Consumer
    /// The offsets committed last, by input; nil where there is none.
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
        hasPunctuated || task.inputs.indices.contains { task.inputs[$0].position != committed[$0] ?? 0 }
    }

    /// Whether nothing is left to be processed for now.
    var isDrained: Bool { task.inputs.allSatisfy { $0.isEmpty && $0.isAtEnd } }

    /// The positions to commit, with the stream times that go with them.
    func offsets() -> [TopicPartition: OffsetAndMetadata] {
        Dictionary(
            uniqueKeysWithValues: task.inputs.indices.map { index in
                (
                    task.inputs[index].topicPartition,
                    OffsetAndMetadata(offset: task.inputs[index].position, metadata: task.progress(of: index))
                )
            })
    }

    func noteCommitted() {
        for index in task.inputs.indices { committed[index] = task.inputs[index].position }
        commits += 1
        hasPunctuated = false
    }

    /// Moves what the consumer has read ahead into inputs that have run dry.
    func takeBatches() throws {
        for index in task.inputs.indices where task.inputs[index].isEmpty {
            let partition = task.inputs[index].topicPartition
            if let error = consumer.error(of: partition) { throw error }
            if let fetched = consumer.takeBatches(from: partition) {
                if fetched.position != task.inputs[index].position { task.inputs[index].seek(to: fetched.position) }
                task.inputs[index].append(fetched.batches, nextOffset: fetched.nextOffset)
                task.inputs[index].isAtEnd = false
                purge.noteTaken(bytes: fetched.sizeInBytes, from: partition.topic)
            } else {
                // What the consumer passes over, such as the ends of transactions, is done with as well.
                if let position = consumer.position(partition), position > task.inputs[index].end {
                    task.inputs[index].append([], nextOffset: position)
                }
                task.inputs[index].isAtEnd = consumer.isAtEnd(partition)
            }
        }
    }

    var totals: TaskTotals {
        TaskTotals(
            processed: task.processedRecords, processedInternal: task.processedInternalRecords,
            dropped: task.droppedRecords, bad: task.badRecords, written: written, streamTime: task.context.streamTime,
            lag: task.inputs.map { max(0, (consumer.endOffset($0.topicPartition) ?? $0.position) - $0.position) }.reduce(0, +))
    }
}

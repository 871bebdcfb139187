import KafkaClient
import KafkaProtocol
import MillraceCommandLine
import Synchronization

/// One `broker bench produce`.
struct ProduceBench: Sendable {
    let topic: String
    let partitions: Int32
    let records: Int
    let data: BenchData
    let configuration: ProducerConfiguration
    let console: Console

    func run(_ client: KafkaClient) async throws -> BenchResult {
        try await AdminClient(client: client).createTopics([NewTopic(topic, partitions: partitions)], ifMissing: true)
        let partitions = try await client.existingPartitions(of: topic)
        let producer = Producer(client: client, configuration: configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            defer { group.cancelAll() }
            let result = try await measure(producer, partitions)
            await producer.close()
            return result
        }
    }

    private func measure(_ producer: Producer, _ partitions: [TopicPartition]) async throws -> BenchResult {
        let accumulator = BatchAccumulator(
            batchBytes: configuration.batchBytes, compression: configuration.compression)
        let slots = partitions.map { accumulator.slot(topic: $0.topic, partition: $0.partition) }
        let latencies = Latencies()
        let progress = ProgressReport("sending", on: console)
        let started = ContinuousClock.now
        let cpuBefore = ProcessTime.cpuSeconds
        var taken = started
        var sent = 0
        var turn = Turn(slots: slots)
        while sent < records {
            let count = min(256, records - sent)
            append(sent..<sent + count, to: accumulator, &turn)
            sent += count
            let now = ContinuousClock.now
            let isDue = now - taken >= configuration.linger
            guard accumulator.hasFullBatches || isDue else { continue }
            let batches = isDue ? accumulator.takeAll() : accumulator.takeFull()
            taken = now
            try await send(batches, producer, latencies)
            progress.update(
                fraction: Double(sent) / Double(records), "\(Figures.rate(sent, in: now - started)) records per second")
        }
        try await send(accumulator.takeAll(), producer, latencies)
        try await producer.flush()
        progress.finish()
        return BenchResult(
            records: records, bytes: records.saturatingMultiply(data.recordSize), seconds: (ContinuousClock.now - started) / .seconds(1),
            cpuSeconds: ProcessTime.cpuSeconds - cpuBefore, latencies: latencies.sorted)
    }

    private func append(_ numbers: Range<Int>, to accumulator: BatchAccumulator, _ turn: inout Turn) {
        let timestamp = currentMilliseconds()
        data.block.withUnsafeBytes { block in
            for number in numbers {
                let start = data.offset(of: number)
                let value = UnsafeRawBufferPointer(rebasing: block[start..<start + data.recordSize])
                accumulator.append(turn.slot, timestamp: timestamp, key: nil, value: value)
                turn.note(RecordBatchBuilder.sizeLimit(keyCount: 0, valueCount: data.recordSize), of: configuration.batchBytes)
            }
        }
    }

    private func send(_ batches: [PreparedBatch], _ producer: Producer, _ latencies: Latencies) async throws {
        let handedOver = ContinuousClock.now
        try await producer.enqueue(batches) { result in
            if case .success = result { latencies.add((ContinuousClock.now - handedOver) / .seconds(1)) }
        }
    }
}

/// Whose turn it is: a partition's ends when it has about a batch.
private struct Turn {
    let slots: [PartitionSlot]
    private var index = 0
    private var bytes = 0

    init(slots: [PartitionSlot]) { self.slots = slots }

    var slot: PartitionSlot { slots[index] }

    mutating func note(_ count: Int, of batchBytes: Int) {
        bytes += count
        guard bytes >= batchBytes else { return }
        bytes = 0
        index = (index + 1) % slots.count
    }
}

/// Times, gathered by the task that takes in answers.
private final class Latencies: Sendable {
    private let seconds = Mutex<[Double]>([])

    func add(_ latency: Double) { seconds.withLock { $0.append(latency) } }

    var sorted: [Double] { seconds.withLock { $0.sorted() } }
}

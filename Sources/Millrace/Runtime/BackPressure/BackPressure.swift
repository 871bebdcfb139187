import KafkaClient
import KafkaProtocol
import Synchronization

/// Keeps tasks from running far ahead of those that process what they write to repartition topics: looks how much is not processed
/// yet, and has the tasks before it take in nothing while that is too much (`RepartitionBacklog`).
///
/// Nobody waits in a circle: a task that is held takes in nothing only while there is nothing for it in its own repartition
/// topics, so that these are always read on.
final class BackPressure: Sendable {
    /// How often it is looked while tasks are held, in milliseconds.
    static let look: Int64 = 200

    private struct State {
        var backlog: RepartitionBacklog
        var held: Set<Int> = []
        /// Up to where tasks of this instance have processed; others say so by what they commit.
        var processed: [TopicPartition: Int64] = [:]
        var writtenSinceLook = 0
    }

    private let limit: Int
    /// The topics that are looked at.
    private let topics: Set<String>
    private let state: Mutex<State>
    private let news = WakeSignal()

    init(_ backlog: RepartitionBacklog) {
        limit = Int(backlog.limit)
        topics = backlog.topics
        state = Mutex(State(backlog: backlog))
    }

    /// Whether tasks of a sub-topology are to take in nothing.
    func isHeld(_ subTopology: Int) -> Bool { state.withLock { $0.held.contains(subTopology) } }

    /// A task of this instance is about to write.
    func noteWritten(_ batches: [PreparedBatch]) {
        let own = batches.filter { topics.contains($0.topicPartition.topic) }
        guard !own.isEmpty else { return }
        let isMuch = state.withLock { state in
            for batch in own {
                state.backlog.noteWritten(
                    records: batch.recordCount, bytes: batch.sizeInBytes, to: batch.topicPartition.topic)
                state.writtenSinceLook += batch.sizeInBytes
            }
            return state.writtenSinceLook >= limit / 8
        }
        if isMuch { news.set() }
    }

    /// A task of this instance has processed its repartition topics up to there.
    func noteProcessed(_ positions: [(TopicPartition, Int64)]) {
        guard !positions.isEmpty else { return }
        state.withLock { state in for (partition, position) in positions { state.processed[partition] = position } }
    }

    /// Looks whenever much was written, and while tasks are held, until it is cancelled.
    func watch(_ application: StreamsApplication) async {
        let environment = application.client.environment
        let key = WaitBoard.Key(application.client.waits.newOwner())
        defer { application.client.waits.clear(key) }
        while !Task.isCancelled {
            if state.withLock({ $0.held.isEmpty }) {
                await news.wait()
            } else {
                await news.wait(milliseconds: Self.look, sleep: environment.sleep)
            }
            // While brokers do not answer it stays as it is; that is told.
            guard let offsets = try? await offsets(application) else {
                await news.wait(milliseconds: Self.look, sleep: environment.sleep)
                continue
            }
            let now = environment.now()
            let (held, fullest) = state.withLock { state in
                state.writtenSinceLook = 0
                let processed = offsets.committed.merging(state.processed, uniquingKeysWith: max)
                state.backlog.look(ends: offsets.ends, processed: processed, now: now)
                state.held = state.backlog.held
                return (state.held, state.backlog.fullest)
            }
            if let fullest {
                let tasks = held.sorted().map { "\($0)_*" }.joined(separator: ", ")
                application.client.waits.note(
                    key, "read on in tasks \(tasks)", because: Excess(topic: fullest.topic, bytes: fullest.bytes, limit: limit),
                    now: now, isOutage: false)
            } else {
                application.client.waits.clear(key)
            }
        }
    }

    /// Where the topics end, and what the group has committed of them. Partitions of tasks that have failed for good are left out.
    private func offsets(
        _ application: StreamsApplication
    ) async throws -> (ends: [TopicPartition: Int64], committed: [TopicPartition: Int64]) {
        let (client, admin) = (application.client, AdminClient(client: application.client))
        var partitions: Set<TopicPartition> = []
        for topic in topics {
            for partition in try await client.partitions(of: topic) { partitions.insert(TopicPartition(topic, partition.partition)) }
        }
        partitions.subtract(application.stoppedTasks.values.flatMap(\.partitions))
        let committed = try await admin.committedOffsets(of: application.configuration.applicationID, Array(partitions))
        let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        return (ends.mapValues(\.offset), committed.mapValues(\.offset))
    }

    /// Why tasks are held, for whoever is told.
    private struct Excess: Error, CustomStringConvertible {
        let topic: String
        let bytes: Int64
        let limit: Int

        var description: String {
            "\(topic) has about \(bytes >> 20) MiB that are not processed yet, of at most \(limit >> 20) MiB"
        }
    }
}

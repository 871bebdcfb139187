import KafkaClient
import KafkaProtocol
import MillraceCommandLine
import Synchronization

/// How `broker consume --group` takes part in a group.
struct GroupMembership: Sendable {
    let group: String
    let isCooperative: Bool
    /// Whether the broker shares out the partitions.
    let isConsumerProtocol: Bool
    let instanceID: String?

    /// What the command line says; nil if it names no group. Throws `UsageError` for what does not go with one.
    init?(_ arguments: ParsedArguments) throws {
        guard let group = arguments.text("group") else { return nil }
        self.group = group
        isCooperative = arguments.text("assignor") == "cooperative-sticky"
        isConsumerProtocol = arguments.text("group-protocol") == "consumer"
        instanceID = arguments.text("instance-id")
        if arguments.flag("exit-at-end") {
            throw UsageError("--exit-at-end does not go with --group: others may read what is left; use --max")
        }
        for name in ["partition", "offset", "from-datetime", "tail"] where arguments.text(name) != nil {
            throw UsageError("--\(name) does not go with --group, which knows where it was and who reads what")
        }
    }
}

extension PrintRecords {
    /// Prints what the group gives this member until the limit is reached or `stop` is requested; then leaves the group.
    ///
    /// What is printed is committed: every second, before partitions are given back, and at the end. After a crash the
    /// records since the last commit are printed again, by whoever has the partition then.
    func run(_ client: KafkaClient, in membership: GroupMembership, until stop: StopSignal) async throws {
        let topics = try await selection.topics(client)
        let assignor: any PartitionAssignor =
            if membership.isCooperative { CooperativeStickyAssignor() } else { RangeAssignor() }
        var configuration = ConsumerConfiguration(
            groupID: membership.group, isolation: isolation, autoOffsetReset: start == .earliest ? .earliest : .latest,
            groupInstanceID: membership.instanceID, assignor: assignor, commitsAutomatically: true,
            autoCommitInterval: .seconds(1))
        if membership.isConsumerProtocol { configuration.groupProtocol = .consumer() }
        let consumer = Consumer(client: client, configuration: configuration)
        try consumer.subscribe(topics)
        let printed = PrintedOffsets()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            group.addTask {
                await stop.wait()
                if stop.isRequested { await leave(consumer, printed) }
            }
            try await printBatches(of: consumer, printed)
            if !stop.isRequested { await leave(consumer, printed) }
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    /// Commits what has been printed and leaves. Closing ends the consumer's sequence.
    private func leave(_ consumer: Consumer, _ printed: PrintedOffsets) async {
        let assigned = Set(consumer.assignment)
        let offsets = printed.all.filter { assigned.contains($0.key) }
        do {
            if !offsets.isEmpty { try await consumer.commit(offsets) }
        } catch {
            console.warning("the last offsets cannot be committed: \(error)")
        }
        await consumer.close()
    }

    private func printBatches(of consumer: Consumer, _ printed: PrintedOffsets) async throws {
        let output = OutputWriter()
        let matcher = try filter.matcher(printer)
        var left = limit
        func print(_ fetched: FetchedBatches) throws {
            let last = try self.print(fetched, before: .max, matcher, left: &left, to: output)
            try output.flush()
            // The last batches may be printed in part.
            printed.set(fetched.topicPartition, left > 0 ? fetched.nextOffset : last.map { $0 + 1 } ?? fetched.position)
        }
        var batches = consumer.batches.makeAsyncIterator()
        while left > 0 {
            do {
                guard let fetched = try await batches.next() else { return }
                try print(fetched)
            } catch let error as KafkaError where error.code == .corruptBatch {
                // The error overtakes what was read before it.
                while left > 0, let partition = error.topicPartition, let fetched = consumer.takeBatches(from: partition) {
                    try print(fetched)
                }
                if left > 0 { try passOver(error, of: consumer) }
            }
        }
    }
}

/// The offsets after what has been printed.
private final class PrintedOffsets: Sendable {
    private let offsets = Mutex<[TopicPartition: OffsetAndMetadata]>([:])

    func set(_ partition: TopicPartition, _ offset: Int64) {
        offsets.withLock { $0[partition] = OffsetAndMetadata(offset: offset) }
    }

    var all: [TopicPartition: OffsetAndMetadata] { offsets.withLock { $0 } }
}

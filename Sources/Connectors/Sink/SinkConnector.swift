public import KafkaClient
import KafkaProtocol
import Synchronization

/// Hands the records of topics to a sink: Kafka Connect's sink connector, inside the program.
///
/// ```swift
/// let connector = SinkConnector("archive", from: ["orders"], to: FileSink(directory: "archive"))
/// try await connector.run(client)
/// ```
/// Several processes with connectors of one name share the partitions, as members of the group `connector-` and the name. Only
/// records of committed transactions are handed on. Offsets are committed once the sink has said that their records are safe.
public struct SinkConnector<Sink: RecordSink>: Sendable {
    /// The name, the group's after `connector-`.
    public let name: String
    /// The topics.
    public let topics: [String]
    private let make: @Sendable () -> Sink
    private let report: @Sendable (String) -> Void

    /// A connector from topics to `sink`, which is made when the connector begins. `report` is told of faults that pass.
    public init(
        _ name: String, from topics: [String], to sink: @autoclosure @escaping @Sendable () -> Sink,
        report: @escaping @Sendable (_ line: String) -> Void = { _ in }
    ) {
        self.name = name
        self.topics = topics
        make = sink
        self.report = report
    }

    /// Runs until the task is cancelled. Then, and when it fails, the sink's partitions are closed and offsets committed; after ten
    /// seconds what still waits is cancelled. Throws what the sink throws, `KafkaError` for faults that do not pass, and
    /// `CancellationError`.
    public func run(_ client: KafkaClient) async throws {
        let (signals, feed) = AsyncStream.makeStream(of: SinkSignal.self)
        // Not a child, which would be cancelled before it could close its sink.
        let loop = Task { try await self.loop(client, signals, feed) }
        try await withTaskCancellationHandler {
            try await loop.value
        } onCancel: {
            feed.yield(.stop)
            Task {
                try? await Task.sleep(for: .seconds(10))
                loop.cancel()
            }
        }
        try Task.checkCancellation()
    }

    private func loop(
        _ client: KafkaClient, _ signals: AsyncStream<SinkSignal>, _ feed: AsyncStream<SinkSignal>.Continuation
    ) async throws {
        let consumer = Consumer(
            client: client, configuration: ConsumerConfiguration(groupID: "connector-\(name)", isolation: .readCommitted))
        try consumer.subscribe(topics)
        async let reading: Void = consumer.run()
        let (news, ticks) = (SinkNews(feed, .records), SinkNews(feed, .tick))
        var session = SinkSession(sink: make(), consumer: consumer, news: news, ticks: ticks, report: report)
        let helpers = [
            Task {
                do { while true { feed.yield(.event(try await consumer.nextEvent())) } } catch { feed.yield(.failure(error)) }
            },
            Task { while (try? await Task.sleep(for: .seconds(1))) != nil { ticks.notify() } },
        ]
        let result: Result<Void, any Error>
        do {
            try await session.run(signals)
            try await session.closeAll()
            result = .success(())
        } catch {
            do { try await session.closeAll() } catch { report("connector \(name) could not close its sink: \(error)") }
            result = .failure(error)
        }
        await consumer.close()
        for helper in helpers { helper.cancel() }
        try? await reading
        try result.get()
    }
}

/// What wakes a sink's loop.
private enum SinkSignal: Sendable {
    case event(ConsumerEvent)
    case failure(any Error)
    case records
    case tick
    case stop
}

/// The loop of a sink: events of the group, records and ticks, one after the other.
private struct SinkSession<Sink: RecordSink> {
    private var sink: Sink
    private let consumer: Consumer
    private let news: SinkNews
    private let ticks: SinkNews
    private let report: @Sendable (String) -> Void
    private var open: Set<TopicPartition> = []

    init(sink: Sink, consumer: Consumer, news: SinkNews, ticks: SinkNews, report: @escaping @Sendable (String) -> Void) {
        self.sink = sink
        self.consumer = consumer
        self.news = news
        self.ticks = ticks
        self.report = report
    }

    mutating func run(_ signals: AsyncStream<SinkSignal>) async throws {
        for await signal in signals {
            switch signal {
            case .event(let event): try await handle(event)
            case .failure(let error): throw error
            case .records:
                news.taken()
                try await takeRecords()
            case .tick:
                ticks.taken()
                for partition in open.sorted() { try await hand([], of: partition) }
            case .stop: return
            }
        }
    }

    private mutating func handle(_ event: ConsumerEvent) async throws {
        switch event {
        case .assigned(let partitions):
            let committed = try await consumer.committed(partitions)
            for partition in partitions where open.insert(partition).inserted {
                if let own = try await sink.open(partition), own > committed[partition]?.offset ?? -1 {
                    consumer.seek(partition, to: own)
                }
            }
            let news = self.news
            consumer.setListener(for: partitions) { news.notify() }
        case .revoked(let partitions):
            try await close(partitions)
            consumer.acknowledgeRevocation()
        case .lost(let partitions):
            for partition in partitions where open.remove(partition) != nil { _ = try await sink.close(partition) }
        case .error(let error):
            guard error.isRetriable else { throw error }
            report("\(error)")
        }
    }

    /// Takes what has come of each partition, once, so that none has to wait for another's backlog.
    private mutating func takeRecords() async throws {
        for partition in open.sorted() {
            if let error = consumer.error(of: partition) { throw error }
            guard let batches = consumer.takeBatches(from: partition) else { continue }
            var records: [SinkRecord] = []
            try batches.forEachRecord { records.append($0) }
            try await hand(records, of: partition)
            news.notify()
        }
    }

    private mutating func hand(_ records: [SinkRecord], of partition: TopicPartition) async throws {
        guard let offset = try await sink.write(records, of: partition) else { return }
        try await commit([partition: offset])
    }

    /// Commits what is safe. That the group has gone on means that the partitions may be another's, whose sink has the offsets.
    private func commit(_ offsets: [TopicPartition: Int64]) async throws {
        guard !offsets.isEmpty else { return }
        do {
            try await consumer.commit(offsets.mapValues { OffsetAndMetadata(offset: $0) })
        } catch let error as KafkaError where error.isRetriable || error.code == .rebalanced {
            report("offsets are committed later: \(error)")
        }
    }

    private mutating func close(_ partitions: [TopicPartition]) async throws {
        var safe: [TopicPartition: Int64] = [:]
        for partition in partitions where open.remove(partition) != nil { safe[partition] = try await sink.close(partition) }
        try await commit(safe)
    }

    mutating func closeAll() async throws { try await close(open.sorted()) }
}

/// Tells the loop something once, however often it is called before the loop has taken it: a sink that is slow makes no line.
private final class SinkNews: Sendable {
    private let feed: AsyncStream<SinkSignal>.Continuation
    private let signal: SinkSignal
    private let isTold = Atomic(false)

    init(_ feed: AsyncStream<SinkSignal>.Continuation, _ signal: SinkSignal) {
        self.feed = feed
        self.signal = signal
    }

    func notify() {
        if !isTold.exchange(true, ordering: .acquiringAndReleasing) { feed.yield(signal) }
    }

    func taken() { isTold.store(false, ordering: .releasing) }
}

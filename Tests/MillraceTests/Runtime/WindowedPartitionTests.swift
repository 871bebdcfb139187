import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import Millrace

/// All windows of a key are in one partition, whoever writes them: that of the key inside.
@Suite struct WindowedPartitionTests {
    static let count: Int32 = 7

    /// What a task has written to a topic: partitions and keys.
    func written(_ collector: ProducerCollector) throws -> [String: [(partition: Int32, key: Bytes)]] {
        for (topic, _) in collector.unresolved { try collector.resolve(topic, partitions: Self.count) }
        return try collector.batches.takeAll().reduce(into: [:]) { written, batch in
            var records = try RecordBatch(batch.contents.bytes(nil, isTransactional: false)).records()
            while let record = try records.next() {
                written[batch.topicPartition.topic, default: []].append(
                    (batch.topicPartition.partition, try #require(record.key)))
            }
        }
    }

    /// Sends records through the first sub-topology of what `build` makes of a stream.
    func run(
        _ build: (StreamsBuilder) -> Void, topic: String = "in", _ records: [(key: Bytes, value: Bytes, time: Int64)],
        _ policy: BadRecordPolicy = .fail
    ) throws -> [String: [(partition: Int32, key: Bytes)]] {
        let builder = StreamsBuilder()
        build(builder)
        let blueprint = TaskBlueprint(try builder.build(), applicationID: "app")
        let topics = ["out", "out-mapped", "dead", "app-again-repartition", "app-regrouped-repartition", "app-fk-subscription-registration-topic"]
        let collector = ProducerCollector(
            batchBytes: 1 << 20, compression: .none,
            partitionCounts: Dictionary(uniqueKeysWithValues: topics.map { ($0, Self.count) }))
        let task = try blueprint.makeTask(
            TaskID(subTopology: 0, partition: 0), collector: collector, globalStores: blueprint.makeGlobalStores(),
            cacheBytes: 0, onBadRecord: policy)
        let batch = RecordBatchBuilder(compression: .none, capacity: 4096)
        for record in records {
            batch.append(timestamp: record.time, key: record.key, value: record.value, headers: [])
        }
        let input = try #require(task.inputs.index(of: topic))
        task.inputs[input].append([try RecordBatch(batch.finish(baseOffset: 0))], nextOffset: Int64(records.count))
        for index in task.inputs.indices { task.inputs[index].isAtEnd = true }
        _ = try task.process(limit: .max)
        return try written(collector).filter { !$0.key.hasSuffix("-changelog") }
    }

    let inputs = (0..<40).flatMap { number in
        (0..<3).map { (Bytes(utf8: "key \(number)"), Bytes(utf8: "v"), Int64($0 * 1000)) }
    }

    func addSinks(_ table: KTable<Windowed<String>, Int64>, _ key: Serde<Windowed<String>>) {
        let stream = table.toStream()
        stream.to("out", value: .int64)
        stream.to("out-mapped", key: key.map({ $0 }, { $0 }), value: .int64)
        stream.to(value: .int64) { _, _ in "chosen" }
        stream.to(
            Produced(partitioner: StreamPartitioner { _, _ in nil }), value: .int64, choosing: { _, _ in "chosen too" })
        stream.repartition(Repartitioned(name: "again")).to("again-out")
        table.groupBy(Grouped(name: "regrouped", key: key)) { KeyValue($0, $1) }.count(.as("n")).to("regrouped-out")
    }

    func expectTogether(_ written: [(partition: Int32, key: Bytes)]?, _ windowBytes: Int, _ topic: String) throws {
        let written = try #require(written, "nothing was written to \(topic)")
        #expect(written.count >= 40, "\(topic)")
        for (partition, key) in written {
            let inner = key[0..<key.count - windowBytes]
            #expect(partition == Partitioner.partition(forKey: inner, count: Self.count), "\(topic): \(inner.string)")
        }
    }

    static let topics = [
        "out", "out-mapped", "chosen", "chosen too", "app-again-repartition", "app-regrouped-repartition",
    ]

    @Test func `time windows of a key are in one partition of every topic`() throws {
        let written = try run(
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                let windowed = stream.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(1))).count()
                addSinks(windowed, .timeWindowed(.string, size: 1000))
            }, inputs)
        for topic in Self.topics { try expectTogether(written[topic], 8, topic) }
    }

    @Test func `sessions of a key and their tombstones are in one partition of every topic`() throws {
        let written = try run(
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                let sessions = stream.groupByKey().windowedBy(SessionWindows.gap(.seconds(1))).count()
                addSinks(sessions, .sessionWindowed(.string))
            }, inputs)
        for topic in Self.topics { try expectTogether(written[topic], 16, topic) }
    }

    @Test func `rows that refer to windows ask where the windows of that key are`() throws {
        let written = try run(
            { builder in
                let left: KTable<String, String> = builder.table("in", .as("left"))
                let stream: KStream<String, String> = builder.stream("other")
                let right = stream.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(1))).count()
                left.join(
                    right, joined: TableJoined(name: "fk"),
                    foreignKey: { key, _ in Windowed(key, Window(start: 0, end: 1000)) }
                ) { _, value, count in "\(value) \(count)" }
                .toStream().to("out")
            }, inputs)
        let topic = "app-fk-subscription-registration-topic"
        try expectTogether(written[topic], 8, topic)
    }

    @Test func `dead letters are where the windows of their keys are, and keys that are none are hashed whole`() throws {
        let serde = Serde<Windowed<String>>.timeWindowed(.string, size: 1000)
        let letters = try inputs.map { key, value, time in
            (try serde.bytes(of: Windowed(key.string, Window(start: time, end: time + 1000))), value, time)
        }
        func dead(_ records: [(Bytes, Bytes, Int64)]) throws -> [(partition: Int32, key: Bytes)]? {
            try run(
                { builder in
                    let stream: KStream<Windowed<String>, Int64> = builder.stream("in", key: serde)
                    stream.to("out")
                }, records.map { (key: $0.0, value: $0.1, time: $0.2) }, .deadLetter(topic: "dead"))["dead"]
        }
        try expectTogether(try dead(letters), 8, "dead")
        let short = try #require(try dead([(Bytes(utf8: "short"), Bytes(utf8: "v"), 0)])?.first)
        #expect(short.partition == Partitioner.partition(forKey: Bytes(utf8: "short"), count: Self.count))
    }

    @Test func `a partitioner goes before the key inside`() throws {
        let written = try run(
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                stream.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(1))).count()
                    .toStream().to("out", Produced(partitioner: StreamPartitioner { _, count in count - 1 }), value: .int64)
            }, inputs)
        #expect(try #require(written["out"]).allSatisfy { $0.partition == Self.count - 1 })
    }
}

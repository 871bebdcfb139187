import KafkaClient
import KafkaProtocol
import Testing

@Suite struct ProduceConsumeTests {
    @Test func `what is sent is read in order`() async throws {
        let values = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 1)])
                try await cluster.produce((0..<1000).map { "v\($0)" }, to: "t")
                return try await cluster.values(1000, of: TopicPartition("t", 0))
            }
        }
        #expect(values == (0..<1000).map { "v\($0)" })
    }

    @Test func `send returns where the record lies`() async throws {
        let metadata = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.withProducer { producer in
                    var result: [RecordMetadata] = []
                    for index in 0..<3 {
                        result.append(
                            try await producer.send(ProducerRecord(topic: "auto", key: "k", value: "\(index)")))
                    }
                    return result
                }
            }
        }
        #expect(metadata.map(\.offset) == [0, 1, 2])
        #expect(metadata.allSatisfy { $0.topicPartition == TopicPartition("auto", 0) })
    }

    @Test func `records with a key go to the partition that murmur2 says`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 7)])
                try await cluster.withProducer { producer in
                    for index in 0..<50 {
                        let key = Bytes(utf8: "key-\(index)")
                        let metadata = try await producer.send(ProducerRecord(topic: "t", key: key, value: key))
                        #expect(metadata.topicPartition.partition == Partitioner.partition(forKey: key, count: 7))
                    }
                }
            }
        }
    }

    @Test func `batches of an accumulator are enqueued and flushed`() async throws {
        let values = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
                try await cluster.withProducer { producer in
                    let accumulator = BatchAccumulator(batchBytes: 512)
                    let slot = accumulator.slot(topic: "t", partition: 1)
                    for index in 0..<500 {
                        accumulator.append(
                            slot, timestamp: Int64(index), key: nil as Bytes?, value: Bytes(utf8: "v\(index)"))
                        if accumulator.hasFullBatches { try await producer.enqueue(accumulator.takeFull()) }
                    }
                    try await producer.enqueue(accumulator.takeAll())
                    try await producer.flush()
                    #expect(producer.unacknowledgedBytes == 0)
                    #expect(accumulator.isEmpty && accumulator.bytes == 0)
                }
                return try await cluster.values(500, of: TopicPartition("t", 1))
            }
        }
        #expect(values == (0..<500).map { "v\($0)" })
    }

    @Test(arguments: [Compression.none, .gzip]) func `compressed batches are read`(_ compression: Compression)
        async throws
    {
        let values = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.withProducer(ProducerConfiguration(compression: compression)) { producer in
                    for index in 0..<100 {
                        try await producer.enqueue(ProducerRecord(topic: "t", key: "k", value: "value \(index)"))
                    }
                    try await producer.flush()
                }
                return try await cluster.values(100, of: TopicPartition("t", 0))
            }
        }
        #expect(values == (0..<100).map { "value \($0)" })
    }

    @Test func `a record sent while a fetch waits arrives at once`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 1)])
                try await cluster.withConsumer(ConsumerConfiguration(fetchMaxWait: .seconds(3600))) { consumer in
                    try consumer.assign([TopicPartition("t", 0): .earliest])
                    var records = consumer.records.makeAsyncIterator()
                    for index in 0..<5 {
                        try await cluster.produce(["v\(index)"], to: "t")
                        #expect(try await records.next()?.value?.string == "v\(index)")
                    }
                }
            }
        }
    }

    @Test func `a partition that waits does not hold up another`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
                let configuration = ConsumerConfiguration(fetchMaxWait: .seconds(3600), bufferBytesPerPartition: 1)
                try await cluster.withConsumer(configuration) { consumer in
                    let quiet = TopicPartition("t", 0)
                    let busy = TopicPartition("t", 1)
                    try consumer.assign([quiet: .earliest, busy: .earliest])
                    var records = consumer.records.makeAsyncIterator()
                    for index in 0..<20 {
                        try await cluster.produce(["v\(index)"], to: "t", partition: 1)
                        let record = try await records.next()
                        #expect(record?.value?.string == "v\(index)")
                        #expect(record?.offset == Int64(index))
                    }
                    #expect(consumer.isAtEnd(quiet))
                }
            }
        }
    }

    @Test func `seeking by timestamp finds the first record that is late enough`() async throws {
        let (from, after) = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.withProducer { producer in
                    for index in 0..<10 {
                        _ = try await producer.send(
                            ProducerRecord(
                                topic: "t", timestamp: Int64(1000 + index * 10), value: Bytes(utf8: "\(index)")))
                    }
                }
                let partition = TopicPartition("t", 0)
                let from = try await cluster.values(5, of: partition, from: .timestamp(1045))
                let after = try await cluster.admin.listOffsets([partition: .timestamp(99999)])
                return (from, after[partition]?.offset)
            }
        }
        #expect(from == ["5", "6", "7", "8", "9"])
        #expect(after == -1)
    }

    @Test func `positions, end and lag are known`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.produce(["a", "b", "c"], to: "t")
                try await cluster.withConsumer { consumer in
                    let partition = TopicPartition("t", 0)
                    try consumer.assign([partition: .offset(1)])
                    #expect(consumer.position(partition) == 1)
                    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
                    consumer.setListener(for: [partition]) { signal.yield() }
                    var waiting = signals.makeAsyncIterator()
                    await waiting.next()
                    #expect(consumer.lag(partition) == 2)
                    #expect(!consumer.isAtEnd(partition))
                    let taken = try #require(consumer.takeBatches(from: partition))
                    var values: [String] = []
                    try taken.forEachRecord { values.append($0.value?.string ?? "") }
                    #expect(values == ["b", "c"])
                    #expect(taken.position == 1 && taken.nextOffset == 3 && taken.highWatermark == 3)
                    #expect(
                        consumer.position(partition) == 3 && consumer.lag(partition) == 0 && consumer.isAtEnd(partition)
                    )
                    #expect(consumer.takeBatches(from: partition) == nil)
                    consumer.seek(partition, to: 0)
                    await waiting.next()
                    #expect(consumer.takeBatches(from: partition)?.batches.isEmpty == false)
                }
            }
        }
    }

    @Test func `an empty partition is known to be at its end without waiting`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 1)])
                try await cluster.withConsumer(ConsumerConfiguration(fetchMaxWait: .seconds(3600))) { consumer in
                    let partition = TopicPartition("t", 0)
                    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
                    try consumer.assign([partition: .earliest])
                    consumer.setListener(for: [partition]) { signal.yield() }
                    for await _ in signals { break }
                    #expect(consumer.isAtEnd(partition))
                }
            }
        }
    }

    @Test func `a position that is gone is reset as configured`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.produce(["a", "b", "c"], to: "t")
                let partition = TopicPartition("t", 0)
                #expect(try await cluster.admin.deleteRecords(before: [partition: 2]) == [partition: 2])
                try await cluster.withConsumer { consumer in
                    try consumer.assign([partition: .offset(0)])
                    guard case .error(let error) = try await consumer.nextEvent() else {
                        Issue.record("no error event")
                        return
                    }
                    #expect(error.code == .offsetOutOfRange && error.isRetriable)
                    var records = consumer.records.makeAsyncIterator()
                    #expect(try await records.next()?.value?.string == "c")
                }
                try await cluster.withConsumer(ConsumerConfiguration(autoOffsetReset: .none)) { consumer in
                    try consumer.assign([partition: .offset(0)])
                    guard case .error(let error) = try await consumer.nextEvent() else {
                        Issue.record("no error event")
                        return
                    }
                    #expect(error.code == .offsetOutOfRange && !error.isRetriable)
                    #expect(consumer.error(of: partition)?.code == .offsetOutOfRange)
                }
            }
        }
    }
}

import KafkaClient
import KafkaProtocol
import Testing

@Suite struct TransactionVisibilityTests {
    @Test func `committed transactions are seen, aborted ones are not`() async throws {
        let (committed, all, offset) = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("in", partitions: 1), NewTopic("out", partitions: 1)])
                let input = TopicPartition("in", 0)
                let output = TopicPartition("out", 0)
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { producer in
                    try await producer.initTransactions()
                    for round in 0..<6 {
                        try producer.beginTransaction()
                        for index in 0..<3 {
                            try await producer.enqueue(
                                ProducerRecord(topic: "out", partition: 0, value: Bytes(utf8: "\(round).\(index)")))
                        }
                        try await producer.sendOffsetsToTransaction(
                            [input: OffsetAndMetadata(offset: Int64(round + 1))], group: GroupMetadata(groupID: "g"))
                        if round % 2 == 0 {
                            try await producer.commitTransaction()
                        } else {
                            try await producer.flush()
                            try await producer.abortTransaction()
                        }
                    }
                }
                let committed = try await cluster.values(9, of: output, isolation: .readCommitted)
                let all = try await cluster.values(18, of: output)
                return (committed, all, try await cluster.admin.committedOffsets(of: "g")[input]?.offset)
            }
        }
        #expect(committed == [0, 2, 4].flatMap { round in (0..<3).map { "\(round).\($0)" } })
        #expect(all == (0..<6).flatMap { round in (0..<3).map { "\(round).\($0)" } })
        #expect(offset == 5)
    }

    @Test(.timeLimit(.minutes(5)))
    func `reading up to an offset ends behind the markers there, though no batch comes of them`() async throws {
        let values = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { producer in
                    try await producer.initTransactions()
                    for (round, isKept) in [true, true, false].enumerated() {
                        try producer.beginTransaction()
                        for partition in 0..<2 as Range<Int32> {
                            try await producer.enqueue(ProducerRecord(topic: "t", partition: partition, value: Bytes(utf8: "\(round)")))
                        }
                        try await producer.flush()
                        if isKept { try await producer.commitTransaction() } else { try await producer.abortTransaction() }
                    }
                }
                let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
                let ends = try await cluster.admin.listOffsets(
                    Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: .readCommitted
                ).mapValues(\.offset)
                #expect(ends.values.allSatisfy { $0 == 6 })
                // One batch a fetch, so that markers come alone.
                let configuration = ConsumerConfiguration(isolation: .readCommitted, partitionFetchBytes: 1)
                return try await cluster.withConsumer(configuration) { consumer in
                    try consumer.assign(ends.mapValues { _ in .earliest })
                    var values: [String] = []
                    for try await batches in consumer.batches(upTo: ends) {
                        try batches.forEachRecord { values.append($0.value?.string ?? "null") }
                    }
                    return values.sorted()
                }
            }
        }
        #expect(values == ["0", "0", "1", "1"])
    }

    @Test func `an open transaction is found in its partition, and can be aborted there`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
                let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
                #expect(try await cluster.admin.openTransactions(in: partitions).isEmpty)
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { producer in
                    try await producer.initTransactions()
                    try producer.beginTransaction()
                    try await producer.enqueue(ProducerRecord(topic: "t", partition: 1, value: Bytes(utf8: "lost")))
                    try await producer.flush()
                    try await cluster.produce(["plain"], to: "t", partition: 1)
                    let open = try await cluster.admin.openTransactions(in: partitions)
                    #expect(open.map(\.partition) == [partitions[1]] && open.map(\.startOffset) == [0])
                    // Its coordinator will end it.
                    #expect(try await cluster.admin.hangingTransactions(in: partitions).isEmpty)
                    if let found = open.first { try await cluster.admin.abort(found) }
                }
                #expect(try await cluster.admin.openTransactions(in: partitions).isEmpty)
                #expect(try await cluster.values(1, of: partitions[1], isolation: .readCommitted) == ["plain"])
            }
        }
    }

    @Test func `an empty transaction needs nothing and can be followed by another`() async throws {
        let values = try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { producer in
                    try await producer.initTransactions()
                    for _ in 0..<3 {
                        try producer.beginTransaction()
                        try await producer.commitTransaction()
                        try producer.beginTransaction()
                        try await producer.abortTransaction()
                    }
                    try producer.beginTransaction()
                    try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "x"))
                    try await producer.commitTransaction()
                }
                return try await cluster.values(1, of: TopicPartition("t", 0), isolation: .readCommitted)
            }
        }
        #expect(values == ["x"])
    }

    @Test func `a second producer with the same id fences the first`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { first in
                    try await first.initTransactions()
                    try first.beginTransaction()
                    try await first.enqueue(ProducerRecord(topic: "t", key: nil, value: "lost"))
                    try await first.flush()
                    try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { second in
                        try await second.initTransactions()
                        try second.beginTransaction()
                        try await second.enqueue(ProducerRecord(topic: "t", key: nil, value: "kept"))
                        try await second.commitTransaction()
                    }
                    let error = await #expect(throws: KafkaError.self) { try await first.commitTransaction() }
                    #expect(error?.isFatal == true && error?.code == .fenced)
                    let again = #expect(throws: KafkaError.self) { try first.beginTransaction() }
                    #expect(again?.isFatal == true)
                }
                #expect(try await cluster.values(1, of: TopicPartition("t", 0), isolation: .readCommitted) == ["kept"])
            }
        }
    }

    @Test func `an open transaction holds back readers of committed records, and their end`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.produce(["before"], to: "t")
                let partition = TopicPartition("t", 0)
                try await cluster.withProducer(ProducerConfiguration(transactionalID: "tx")) { producer in
                    try await producer.initTransactions()
                    try producer.beginTransaction()
                    try await producer.enqueue(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "in")))
                    try await producer.flush()
                    try await cluster.withConsumer(ConsumerConfiguration(isolation: .readCommitted)) { consumer in
                        try consumer.assign([partition: .earliest])
                        var records = consumer.records.makeAsyncIterator()
                        #expect(try await records.next()?.value?.string == "before")
                        #expect(consumer.endOffset(partition) == 1 && consumer.isAtEnd(partition))
                        try await producer.commitTransaction()
                        #expect(try await records.next()?.value?.string == "in")
                    }
                }
                // The marker takes an offset.
                let end = try await cluster.admin.listOffsets([partition: .latest], isolation: .readCommitted)
                #expect(end[partition]?.offset == 3)
            }
        }
    }
}

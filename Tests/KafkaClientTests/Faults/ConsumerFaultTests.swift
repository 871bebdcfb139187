import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct ConsumerFaultTests {
    /// A transport of which partition 0 of `t` holds batches of one record, `0`, `1` and so on up to `count`.
    static func transport(holding count: Int64, faults: [KafkaErrorCode] = [], breaks: Int = 0) -> ScriptedTransport {
        let transport = ScriptedTransport()
        let requests = Counter()
        transport.on(FetchRequest.self) { request, node in
            let number = requests.add() - 1
            if number < breaks { throw BrokenConnection() }
            var responses: [FetchResponse.FetchableTopicResponse] = []
            var isEmpty = true
            for topic in request.topics {
                var partitions: [FetchResponse.PartitionData] = []
                for partition in topic.partitions {
                    let fault = faults.indices.contains(number - breaks) ? faults[number - breaks] : .none
                    var records = Bytes()
                    if fault == .none, partition.fetchOffset < count, partition.partition == 0 {
                        let builder = RecordBatchBuilder(capacity: 128)
                        builder.append(timestamp: 0, key: nil as Bytes?, value: Bytes(utf8: "\(partition.fetchOffset)"))
                        records = try builder.finish(baseOffset: partition.fetchOffset)
                    }
                    isEmpty = isEmpty && records.isEmpty && fault == .none
                    partitions.append(
                        FetchResponse.PartitionData(
                            partitionIndex: partition.partition, errorCode: fault.rawValue,
                            highWatermark: partition.partition == 0 ? count : 0, logStartOffset: 0, records: records))
                }
                responses.append(FetchResponse.FetchableTopicResponse(topic: topic.topic, partitions: partitions))
            }
            if isEmpty, request.maxWaitMs > 0 { try await Task.sleep(for: .milliseconds(Int(request.maxWaitMs))) }
            return FetchResponse(responses: responses)
        }
        return transport
    }

    static func run<T: Sendable>(
        _ transport: ScriptedTransport, _ configuration: ConsumerConfiguration = ConsumerConfiguration(),
        _ body: @escaping @Sendable (Consumer) async throws -> T
    ) async throws -> T {
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
            let consumer = Consumer(client: client, configuration: configuration)
            async let running: Void = consumer.run()
            let result = try await body(consumer)
            await consumer.close()
            try await running
            return result
        }
    }

    static let partition = TopicPartition("t", 0)

    @Test func `a time that the broker cannot look up for want of a library is an error at once, with what to do`() async throws {
        let transport = ScriptedTransport()
        transport.on(ListOffsetsRequest.self) { request, _ in
            ListOffsetsResponse(
                topics: request.topics.map { topic in
                    .init(
                        name: topic.name,
                        partitions: topic.partitions.map {
                            .init(partitionIndex: $0.partitionIndex, errorCode: KafkaErrorCode.unsupportedCompressionType.rawValue)
                        })
                })
        }
        let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
        let error = await #expect(throws: KafkaError.self) {
            try await client.listOffsets([Self.partition: 1000], isolation: .readUncommitted)
        }
        #expect(error?.isRetriable == false && "\(error as Any)".contains("its log names the package"))
        #expect(transport.calls(ListOffsetsRequest.self).count == 1)
    }

    @Test func `records come in order, once each, over broken connections and leaders that move`() async throws {
        let transport = Self.transport(
            holding: 20,
            faults: [.none, .notLeaderOrFollower, .none, .none, .leaderNotAvailable, .unknownTopicOrPartition],
            breaks: 3)
        let values = try await Self.run(transport) { consumer in
            try consumer.assign([Self.partition: .offset(0)])
            var values: [String] = []
            for try await record in consumer.records {
                values.append(record.value?.string ?? "")
                if values.count == 20 { break }
            }
            return values
        }
        #expect(values == (0..<20).map { "\($0)" })
        #expect(transport.calls(MetadataRequest.self).count > 1)
    }

    @Test func `each leader is asked for its own partitions, with topic id, epoch and limits`() async throws {
        let transport = Self.transport(holding: 1)
        try await Self.run(transport, ConsumerConfiguration(partitionFetchBytes: 1234)) { consumer in
            try consumer.assign([Self.partition: .offset(0), TopicPartition("t", 1): .offset(5)])
            while transport.calls(FetchRequest.self).count < 2 { await Task.yield() }
        }
        let calls = transport.calls(FetchRequest.self)
        for (request, node) in calls {
            let numbers = request.topics.flatMap(\.partitions).map(\.partition)
            #expect(numbers == (node == 1 ? [0] : [1]))
            #expect(
                request.topics.flatMap(\.partitions).allSatisfy {
                    $0.partitionMaxBytes == 1234 && $0.currentLeaderEpoch == 0
                })
        }
        #expect(Set(calls.map(\.node)) == [1, 2])
    }

    @Test func `a full buffer is not fetched any more`() async throws {
        let transport = Self.transport(holding: 1000)
        try await Self.run(transport, ConsumerConfiguration(bufferBytesPerPartition: 200)) { consumer in
            try consumer.assign([Self.partition: .offset(0)])
            var taken: Int64 = 0
            while taken < 50 {
                guard let batches = consumer.takeBatches(from: Self.partition) else {
                    await Task.yield()
                    continue
                }
                #expect(batches.sizeInBytes <= 200 + 100)
                #expect(batches.position == taken)
                taken = batches.nextOffset
            }
        }
        #expect(transport.calls(FetchRequest.self).count < 70)
    }

    @Test func `an error for good is an event, and stays with the partition`() async throws {
        let transport = Self.transport(holding: 5, faults: [.topicAuthorizationFailed])
        try await Self.run(transport) { consumer in
            try consumer.assign([Self.partition: .offset(0)])
            guard case .error(let error) = try await consumer.nextEvent() else { throw UnexpectedRequest() }
            #expect(error.errorCode == .topicAuthorizationFailed && error.topicPartition == Self.partition)
            #expect(consumer.error(of: Self.partition)?.errorCode == .topicAuthorizationFailed)
            consumer.seek(Self.partition, to: 2)
            #expect(consumer.error(of: Self.partition) == nil)
            var records = consumer.records.makeAsyncIterator()
            #expect(try await records.next()?.offset == 2)
        }
    }

    @Test func `a partition that does not exist is told once and waited for`() async throws {
        let transport = Self.transport(holding: 1)
        try await Self.run(transport) { consumer in
            let missing = TopicPartition("t", 99)
            try consumer.assign([missing: .offset(0), Self.partition: .offset(0)])
            guard case .error(let error) = try await consumer.nextEvent() else { throw UnexpectedRequest() }
            #expect(error.code == .unknownTopic && error.isRetriable && error.topicPartition == missing)
            let before = transport.calls(MetadataRequest.self).count
            transport.setLeaders(Array(repeating: 1, count: 100))
            while consumer.endOffset(missing) == nil { await Task.yield() }
            #expect(transport.calls(MetadataRequest.self).count > before)
        }
    }

    @Test func `a consumer stops at once when its task is cancelled`() async throws {
        let transport = Self.transport(holding: 0)
        try await withTimeLimit {
            let consumer = Consumer(
                client: KafkaClient(transport: transport, clientID: "test"),
                configuration: ConsumerConfiguration(fetchMaxWait: .seconds(3600)))
            try consumer.assign([Self.partition: .offset(0)])
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await #expect(throws: CancellationError.self) { try await consumer.run() } }
                while transport.calls(FetchRequest.self).count < 2 { await Task.yield() }
                group.cancelAll()
            }
            let error = await #expect(throws: KafkaError.self) { try await consumer.nextEvent() }
            #expect(error?.code == .closed)
            var batches = consumer.batches.makeAsyncIterator()
            #expect(try await batches.next() == nil)
        }
    }

    @Test func `a fatal error of the group ends the run and the events`() async throws {
        let transport = ScriptedTransport()
        transport.on(JoinGroupRequest.self) { _, _ in
            JoinGroupResponse(errorCode: KafkaErrorCode.groupAuthorizationFailed.rawValue)
        }
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
            let consumer = Consumer(client: client, configuration: ConsumerConfiguration(groupID: "g"))
            try consumer.subscribe(["t"])
            let error = await #expect(throws: KafkaError.self) { try await consumer.run() }
            #expect(error?.errorCode == .groupAuthorizationFailed && error?.isFatal == true)
            await #expect(throws: KafkaError.self) { try await consumer.nextEvent() }
        }
    }

    @Test func `the coordinator is looked up again when it moves`() async throws {
        let transport = ScriptedTransport()
        let lookups = Counter()
        transport.on(FindCoordinatorRequest.self) { request, _ in
            let node = Int32(min(2, lookups.add()))
            return FindCoordinatorResponse(
                coordinators: request.coordinatorKeys.map { FindCoordinatorResponse.Coordinator(key: $0, nodeId: node) }
            )
        }
        transport.on(OffsetCommitRequest.self) { request, node in
            let code: KafkaErrorCode = node == 2 ? .none : .notCoordinator
            return OffsetCommitResponse(topics: [.init(name: "t", partitions: [.init(errorCode: code.rawValue)])])
        }
        try await Self.run(transport, ConsumerConfiguration(groupID: "g")) { consumer in
            try await consumer.commit([Self.partition: OffsetAndMetadata(offset: 3)])
        }
        #expect(transport.calls(OffsetCommitRequest.self).map(\.node) == [1, 2])
        #expect(transport.calls(OffsetCommitRequest.self).first?.request.generationIdOrMemberEpoch == -1)
    }

    @Test func `wrong uses are refused with an error`() throws {
        let client = KafkaClient(transport: ScriptedTransport(), clientID: "test")
        #expect(throws: KafkaError.self) { try Consumer(client: client).subscribe(["t"]) }
        let member = Consumer(client: client, configuration: ConsumerConfiguration(groupID: "g"))
        try member.subscribe(["t"])
        #expect(throws: KafkaError.self) { try member.assign([Self.partition: .earliest]) }
    }
}

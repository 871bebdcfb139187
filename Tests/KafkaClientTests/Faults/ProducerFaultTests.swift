import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct ProducerFaultTests {
    static let quick = RetryPolicy(initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(2))

    /// Calls `body` with a producer on a scripted cluster.
    static func run<T: Sendable>(
        _ transport: ScriptedTransport, _ configuration: ProducerConfiguration = ProducerConfiguration(),
        _ body: @escaping @Sendable (Producer) async throws -> T
    ) async throws -> T {
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: quick)
            let producer = Producer(client: client, configuration: configuration)
            async let running: Void = producer.run()
            let result = try await body(producer)
            await producer.close()
            await running
            return result
        }
    }

    static func batch(_ values: [String], partition: Int32 = 0) -> [PreparedBatch] {
        let accumulator = BatchAccumulator()
        let slot = accumulator.slot(topic: "t", partition: partition)
        for value in values {
            accumulator.append(slot, timestamp: 1, key: nil as Bytes?, value: Bytes(utf8: value))
        }
        return accumulator.takeAll()
    }

    @Test(arguments: [false, true])
    func `batches refused for a while are written once and in order`(_ idempotent: Bool) async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        log.fail(with: [
            .none, .notEnoughReplicas, .none, .leaderNotAvailable, .notLeaderOrFollower, .requestTimedOut, .none, .none,
            .corruptMessage,
        ])
        try await Self.run(transport, ProducerConfiguration(isIdempotent: idempotent)) { producer in
            for index in 0..<20 { try producer.enqueueNow(Self.batch(["\(index)a", "\(index)b"])) }
            try await producer.flush()
        }
        #expect(log.values(0) == (0..<20).flatMap { ["\($0)a", "\($0)b"] })
        if idempotent {
            #expect(log.batches(0).map(\.sequence) == (0..<20).map { $0 * 2 })
        }
    }

    @Test(arguments: [1, 2, 3])
    func `batches too large for the broker are split, in order and with their sequences`(_ largest: Int) async throws {
        let log = ScriptedLog()
        log.refuseBatches(over: largest)
        try await Self.run(ScriptedTransport.producing(to: log)) { producer in
            try producer.enqueueNow(Self.batch(["a"]))
            for index in 0..<6 {
                try producer.enqueueNow(Self.batch((0..<7).map { "\(index)-\($0)" }))
            }
            try await producer.flush()
            #expect(producer.unacknowledgedBytes == 0)
        }
        #expect(log.values(0) == ["a"] + (0..<6).flatMap { index in (0..<7).map { "\(index)-\($0)" } })
        #expect(Set(log.batches(0).map(\.producerID)).count == 1)
    }

    @Test func `records of a split batch are told their own offsets`() async throws {
        let log = ScriptedLog()
        log.refuseBatches(over: 2)
        let places = try await Self.run(
            ScriptedTransport.producing(to: log), ProducerConfiguration(linger: .milliseconds(50))
        ) { producer in
            try await withThrowingTaskGroup(of: (String, RecordMetadata).self) { group in
                for index in 0..<9 {
                    group.addTask {
                        let record = ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "\(index)"))
                        return ("\(index)", try await producer.send(record))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1.offset }
            }
        }
        #expect(log.values(0).count == 9)
        for (offset, value) in log.values(0).enumerated() { #expect(places[value] == Int64(offset)) }
    }

    @Test func `a single record that is too large fails with a clear error, and the rest goes on`() async throws {
        let log = ScriptedLog()
        log.refuseBatches(over: 0)
        try await Self.run(ScriptedTransport.producing(to: log)) { producer in
            try producer.enqueueNow(Self.batch(["a", "b"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.flush() }
            #expect(error?.errorCode == .messageTooLarge && error?.isRetriable == false)
            #expect(error?.message.contains("max.message.bytes") == true)
            while true { do { try await producer.flush(); break } catch {} }
            log.refuseBatches(over: 10)
            try producer.enqueueNow(Self.batch(["c", "d"]))
            try await producer.flush()
        }
        #expect(log.values(0) == ["c", "d"])
    }

    @Test func `a lost answer does not write a batch twice`() async throws {
        let log = ScriptedLog()
        log.loseAnswers(3)
        try await Self.run(ScriptedTransport.producing(to: log)) { producer in
            for index in 0..<10 { try producer.enqueueNow(Self.batch(["\(index)"])) }
            try await producer.flush()
        }
        #expect(log.values(0) == (0..<10).map { "\($0)" })
    }

    @Test func `a partition whose leader moves is followed`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport()
        transport.on(ProduceRequest.self) { [unowned transport] request, node in
            if node == 1 {
                transport.setLeaders([2, 2, 2, 2])
                log.fail(with: [.notLeaderOrFollower])
            }
            return try log.answer(request)
        }
        try await Self.run(transport) { producer in
            try producer.enqueueNow(Self.batch(["a"]))
            try await producer.flush()
        }
        #expect(log.values(0) == ["a"])
        #expect(transport.calls(ProduceRequest.self).map(\.node) == [1, 2])
        #expect(transport.calls(MetadataRequest.self).count == 2)
    }

    @Test func `a failure for good is thrown by the next flush, and later batches are written`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        log.fail(with: [.none, .messageTooLarge])
        try await Self.run(transport) { producer in
            try producer.enqueueNow(Self.batch(["a"]))
            try await producer.flush()
            try producer.enqueueNow(Self.batch(["too large"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.flush() }
            #expect(error?.errorCode == .messageTooLarge && error?.topicPartition == TopicPartition("t", 0))
            #expect(error?.isRetriable == false && error?.isFatal == false)
            try producer.enqueueNow(Self.batch(["b"]))
            try await producer.flush()
        }
        #expect(log.values(0) == ["a", "b"])
        // A new identity, since the failed batch has left a gap in the sequences.
        #expect(log.batches(0).map(\.sequence) == [0, 0])
        #expect(Set(log.batches(0).map(\.producerID)).count == 2)
    }

    @Test func `until a failure has been flushed nothing more is taken`() async throws {
        let log = ScriptedLog()
        log.fail(with: [.invalidRecord])
        try await Self.run(ScriptedTransport.producing(to: log)) { producer in
            try producer.enqueueNow(Self.batch(["a"]))
            while producer.unacknowledgedBytes > 0 { await Task.yield() }
            #expect(throws: KafkaError.self) { try producer.enqueueNow(Self.batch(["b"])) }
            await #expect(throws: KafkaError.self) { try await producer.flush() }
            try producer.enqueueNow(Self.batch(["c"]))
            try await producer.flush()
        }
        #expect(log.values(0) == ["c"])
    }

    @Test func `a record that fails is thrown by its own send`() async throws {
        let log = ScriptedLog()
        log.fail(with: [.topicAuthorizationFailed])
        try await Self.run(ScriptedTransport.producing(to: log)) { producer in
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "x")))
            }
            #expect(error?.errorCode == .topicAuthorizationFailed)
            try await producer.flush()
            let metadata = try await producer.send(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "y")))
            #expect(metadata.topicPartition == TopicPartition("t", 0))
        }
    }

    @Test func `a batch that cannot be delivered in time fails`() async throws {
        let transport = ScriptedTransport()
        transport.on(ProduceRequest.self) { _, _ in throw BrokenConnection() }
        try await Self.run(transport, ProducerConfiguration(deliveryTimeout: .milliseconds(30))) { producer in
            try producer.enqueueNow(Self.batch(["a"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.flush() }
            #expect(error?.code == .timeout || error?.code == .connection)
        }
    }

    @Test func `an unknown topic fails a send`() async throws {
        let transport = ScriptedTransport()
        try await withTimeLimit {
            let policy = RetryPolicy(initialBackoff: .milliseconds(1), unknownTopicTimeout: .milliseconds(5))
            let producer = Producer(client: KafkaClient(transport: transport, clientID: "test", retryPolicy: policy))
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(ProducerRecord(topic: "none", key: nil, value: "x"))
            }
            #expect(error?.code == .unknownTopic)
        }
    }

    @Test func `batches for a partition that does not exist fail, and the others go out`() async throws {
        let log = ScriptedLog()
        try await withTimeLimit {
            let policy = RetryPolicy(initialBackoff: .milliseconds(1), unknownTopicTimeout: .milliseconds(5))
            let client = KafkaClient(
                transport: ScriptedTransport.producing(to: log), clientID: "test", retryPolicy: policy)
            let producer = Producer(client: client)
            async let running: Void = producer.run()
            try producer.enqueueNow(Self.batch(["lost"], partition: 99) + Self.batch(["a"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.flush() }
            #expect(error?.code == .unknownTopic && error?.topicPartition == TopicPartition("t", 99))
            try producer.enqueueNow(Self.batch(["b"]))
            try await producer.flush()
            await producer.close()
            await running
        }
        #expect(log.values(0) == ["a", "b"])
    }

    @Test func `enqueue waits while too much is unacknowledged`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport()
        let gate = Gate()
        transport.on(ProduceRequest.self) { request, _ in
            await gate.wait()
            return try log.answer(request)
        }
        try await Self.run(transport, ProducerConfiguration(bufferBytes: 100)) { producer in
            try await producer.enqueue(Self.batch([String(repeating: "x", count: 200)]))
            #expect(!producer.hasRoom)
            async let second: Void = producer.enqueue(Self.batch(["y"]))
            gate.open()
            try await second
            try await producer.flush()
            #expect(producer.hasRoom)
        }
        #expect(log.values(0).count == 2)
    }

    @Test func `sends that wait throw when the producer stops`() async throws {
        let transport = ScriptedTransport()
        transport.on(ProduceRequest.self) { _, _ in
            try await Task.sleep(for: .seconds(3600))
            return ProduceResponse()
        }
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: Self.quick)
            let producer = Producer(client: client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let running = Gate()
                group.addTask {
                    let error = await #expect(throws: KafkaError.self) {
                        try await producer.send(ProducerRecord(topic: "t", partition: 0, value: nil))
                    }
                    #expect(error?.code == .closed)
                }
                group.addTask {
                    await withTaskGroup(of: Void.self) { inner in
                        inner.addTask { await producer.run() }
                        while transport.calls(ProduceRequest.self).isEmpty { await Task.yield() }
                        inner.cancelAll()
                    }
                    running.open()
                }
                try await group.waitForAll()
            }
            await #expect(throws: KafkaError.self) {
                try await producer.flush()
                try producer.enqueueNow(Self.batch(["x"]))
            }
        }
    }

    @Test func `seeded faults lose nothing, double nothing and keep the order`() async throws {
        for seed in 0..<30 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let log = ScriptedLog()
            let transport = ScriptedTransport.producing(to: log)
            log.fail(
                with: (0..<60).map { _ in
                    [.none, .none, .none, .notLeaderOrFollower, .requestTimedOut, .notEnoughReplicas].randomElement(
                        using: &random) ?? .none
                })
            log.loseAnswers(Int.random(in: 0..<6, using: &random))
            let partitions = (0..<200).map { _ in Int32.random(in: 0..<4, using: &random) }
            let linger = Int.random(in: 0..<3, using: &random)
            let configuration = ProducerConfiguration(batchBytes: 150, linger: .milliseconds(linger))
            try await Self.run(transport, configuration) { producer in
                for (index, partition) in partitions.enumerated() {
                    try await producer.enqueue(
                        ProducerRecord(topic: "t", partition: partition, value: Bytes(utf8: "\(index)")))
                }
                try await producer.flush()
            }
            for partition in 0..<4 as Range<Int32> {
                let expected = partitions.enumerated().filter { $0.element == partition }.map { "\($0.offset)" }
                #expect(log.values(partition) == expected, "seed \(seed)")
            }
        }
    }
}

/// Random numbers from a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

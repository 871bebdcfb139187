import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct SendQueueTests {
    static let identity = ProducerIdentity(id: 7, epoch: 0)

    static func queue(idempotent: Bool = true, transactional: Bool = false) -> SendQueue {
        var queue = SendQueue(
            isIdempotent: idempotent, isTransactional: transactional, maxInFlight: 3,
            retryPolicy: RetryPolicy(initialBackoff: .milliseconds(10), jitter: 0))
        queue.use(identity)
        return queue
    }

    static func batch(_ records: Int = 1, partition: Int32 = 0, deadline: Int64 = 1000) -> QueuedBatch {
        let builder = RecordBatchBuilder(capacity: 256)
        for index in 0..<records {
            builder.append(timestamp: Int64(index), key: nil as Bytes?, value: Bytes(utf8: "v"))
        }
        return QueuedBatch(PreparedBatch(TopicPartition("t", partition), unshared: builder), deadline: deadline)
    }

    static func plan(_ queue: inout SendQueue, now: Int64 = 0) -> SendQueue.Plan {
        queue.plan(now: now, leader: { $0.partition % 2 == 0 ? 1 : 2 })
    }

    static let ok = SendQueue.Outcome.acknowledged(baseOffset: 0, logAppendTime: -1)
    static func refused(_ code: KafkaErrorCode) -> SendQueue.Outcome {
        .refused(code, message: nil, logStartOffset: -1)
    }

    @Test func `a request holds one batch of each partition of a broker`() {
        var queue = Self.queue()
        for partition in [0, 0, 1, 2, 2, 2] as [Int32] { queue.enqueue(Self.batch(partition: partition)) }
        let requests = Self.plan(&queue).requests
        #expect(requests.map(\.node) == [1, 2, 1, 1])
        #expect(requests.map { $0.batches.map(\.topicPartition.partition) } == [[0, 2], [1], [0, 2], [2]])
        #expect(Self.plan(&queue).requests.isEmpty)
    }

    @Test func `sequences count records and are kept by a retry`() throws {
        var queue = Self.queue()
        for records in [2, 3, 1] { queue.enqueue(Self.batch(records)) }
        let requests = Self.plan(&queue).requests
        #expect(requests.flatMap(\.batches).map { $0.stamp?.sequence } == [0, 2, 5])
        _ = queue.answered(requests[0], [Self.refused(.notLeaderOrFollower)], now: 0, random: 0)
        _ = queue.answered(requests[1], [Self.refused(.outOfOrderSequenceNumber)], now: 0, random: 0)
        #expect(Self.plan(&queue, now: 50).requests.isEmpty)
        _ = queue.answered(requests[2], [Self.refused(.outOfOrderSequenceNumber)], now: 0, random: 0)
        var again: [Int32?] = []
        while let request = Self.plan(&queue, now: 50).requests.first {
            again.append(request.batches.first?.stamp?.sequence)
            #expect(queue.answered(request, [Self.ok], now: 50, random: 0).completions.count == 1)
        }
        #expect(again == [0, 2, 5])
        #expect(queue.isEmpty && queue.unacknowledgedBytes == 0 && queue.completedThrough == queue.enqueuedThrough)
    }

    @Test func `a retry waits for its time, and says which topic to look up`() {
        var queue = Self.queue()
        queue.enqueue(Self.batch())
        let request = Self.plan(&queue).requests[0]
        let (completions, stale) = queue.answered(request, [Self.refused(.notLeaderOrFollower)], now: 100, random: 0)
        #expect(completions.isEmpty && stale == ["t"])
        let plan = Self.plan(&queue, now: 105)
        #expect(plan.requests.isEmpty && plan.deadline == 110)
        #expect(Self.plan(&queue, now: 110).requests.count == 1)
    }

    @Test func `without idempotence a partition has one batch under way`() {
        var queue = Self.queue(idempotent: false)
        for _ in 0..<2 { queue.enqueue(Self.batch()) }
        let requests = Self.plan(&queue).requests
        #expect(requests.count == 1 && requests[0].batches[0].stamp == nil)
        _ = queue.answered(requests[0], [Self.ok], now: 0, random: 0)
        #expect(Self.plan(&queue).requests.count == 1)
    }

    @Test func `a duplicate counts as written`() {
        var queue = Self.queue()
        queue.enqueue(Self.batch())
        let request = Self.plan(&queue).requests[0]
        let completions = queue.answered(request, [Self.refused(.duplicateSequenceNumber)], now: 0, random: 0)
            .completions
        guard case .success(let ack)? = completions.first?.result else {
            Issue.record("not acknowledged")
            return
        }
        #expect(ack.baseOffset == -1)
    }

    @Test func `a batch that fails for good makes its partition start anew under another identity`() {
        var queue = Self.queue()
        for _ in 0..<2 { queue.enqueue(Self.batch()) }
        queue.enqueue(Self.batch(partition: 1))
        let requests = Self.plan(&queue).requests
        let failed = queue.answered(requests[0], [Self.refused(.messageTooLarge)], now: 0, random: 0).completions
        #expect(failed.count == 1)
        let second = requests.first { $0.batches[0].number == 2 }
        _ = queue.answered(second ?? requests[1], [Self.refused(.outOfOrderSequenceNumber)], now: 0, random: 0)
        // The second batch is good; it only came too early.
        #expect(Self.plan(&queue).needsIdentity)
        let new = ProducerIdentity(id: 8, epoch: 0)
        queue.use(new)
        let again = Self.plan(&queue).requests.flatMap(\.batches)
        #expect(again.map(\.number) == [2] && again.first?.stamp == QueuedBatch.Stamp(identity: new, sequence: 0))
    }

    @Test func `a producer that the broker has forgotten starts anew with the same batch`() {
        var queue = Self.queue()
        queue.enqueue(Self.batch())
        let request = Self.plan(&queue).requests[0]
        #expect(queue.answered(request, [Self.refused(.unknownProducerId)], now: 0, random: 0).completions.isEmpty)
        #expect(Self.plan(&queue).needsIdentity)
        let new = ProducerIdentity(id: 8, epoch: 0)
        queue.use(new)
        #expect(Self.plan(&queue).requests.first?.batches.first?.stamp == QueuedBatch.Stamp(identity: new, sequence: 0))
    }

    @Test func `a transactional producer does not change its identity by itself`() {
        var queue = Self.queue(transactional: true)
        queue.enqueue(Self.batch())
        let request = Self.plan(&queue).requests[0]
        let completions = queue.answered(request, [Self.refused(.unknownProducerId)], now: 0, random: 0).completions
        #expect(completions.count == 1)
        queue.enqueue(Self.batch())
        let plan = Self.plan(&queue)
        #expect(!plan.needsIdentity && plan.requests.isEmpty)
    }

    @Test func `batches wait for the partition to be in the transaction`() {
        var queue = Self.queue(transactional: true)
        queue.enqueue(Self.batch())
        queue.enqueue(Self.batch(partition: 2))
        let requests = queue.plan(now: 0, leader: { _ in 1 }, mayWrite: { $0.partition == 2 }).requests
        #expect(requests.flatMap(\.batches).map(\.topicPartition.partition) == [2])
    }

    @Test func `what waits beyond its deadline fails, what has no leader is named`() {
        var queue = Self.queue()
        queue.enqueue(Self.batch(deadline: 100))
        let plan = queue.plan(now: 0, leader: { _ in nil })
        #expect(plan.withoutLeader == [TopicPartition("t", 0)] && plan.deadline == 100)
        #expect(queue.expire(now: 99).isEmpty)
        let completions = queue.expire(now: 100)
        guard case .failure(let error)? = completions.first?.result else {
            Issue.record("not failed")
            return
        }
        #expect(error.code == .timeout && error.topicPartition == TopicPartition("t", 0))
        #expect(queue.isEmpty)
    }

    @Test func `sequences start again at zero after the largest`() {
        #expect(QueuedBatch.sequence(after: .max, records: 1) == 0)
        #expect(QueuedBatch.sequence(after: .max - 2, records: 5) == 2)
        #expect(QueuedBatch.sequence(after: 10, records: 5) == 15)
    }

    @Test func `a stamped batch has a valid checksum`() throws {
        let batch = Self.batch(3)
        try batch.write()
        for stamp in [nil, QueuedBatch.Stamp(identity: Self.identity, sequence: 9)] {
            batch.stamp = stamp
            let written = try RecordBatch(try batch.bytes(isTransactional: stamp != nil))
            try written.validateChecksum()
            #expect(written.header.producerId == stamp?.identity.id ?? -1)
            #expect(written.header.baseSequence == stamp?.sequence ?? -1)
            #expect(written.header.isTransactional == (stamp != nil))
            #expect(written.header.recordCount == 3)
        }
    }

    @Test func `records that a broker refuses by number are named, and others of the batch fail with them`() throws {
        var queue = Self.queue()
        queue.enqueue(Self.batch(3))
        let request = try #require(Self.plan(&queue).requests.first)
        let outcome = SendQueue.Outcome.refused(
            .invalidRecord, message: "no key", logStartOffset: -1, records: [1, 7, -1])
        let completions = queue.answered(request, [outcome], now: 0, random: 0).completions
        let error = try #require(Self.failure(of: completions))
        #expect(error.refused.count == 1 && error.refused.first?.scope == .record)
        #expect(error.refused.first?.reason.contains("no key") == true)
    }

    @Test func `a topic that may not be written is refused as a whole, with the first record for what it is`() throws {
        var queue = Self.queue()
        queue.enqueue(Self.batch(3))
        let request = try #require(Self.plan(&queue).requests.first)
        let outcome = SendQueue.Outcome.refused(.topicAuthorizationFailed, message: nil, logStartOffset: -1)
        let error = try #require(Self.failure(of: queue.answered(request, [outcome], now: 0, random: 0).completions))
        #expect(error.errorCode == .topicAuthorizationFailed)
        #expect(error.refused.map(\.scope) == [.topic] && error.refused.first?.topicPartition == request.batches.first?.topicPartition)
    }

    @Test func `where a broker does not say which record it refuses, they go out one by one until it shows`() throws {
        var queue = Self.queue()
        queue.enqueue(Self.batch(2))
        let request = try #require(Self.plan(&queue).requests.first)
        #expect(queue.answered(request, [Self.refused(.invalidTimestamp)], now: 0, random: 0).completions.isEmpty)
        let half = try #require(Self.plan(&queue).requests.first)
        #expect(half.batches.map(\.recordCount) == [1])
        let completions = queue.answered(half, [Self.refused(.invalidTimestamp)], now: 0, random: 0).completions
        #expect(Self.failure(of: completions)?.refused.count == 1)
    }

    private static func failure(of completions: [SendQueue.Completion]) -> KafkaError? {
        for case .failure(let error) in completions.lazy.map(\.result) { return error }
        return nil
    }
}

@Suite struct BatchAccumulatorTests {
    @Test func `a batch is closed before it grows too large, and a large record goes alone`() {
        let accumulator = BatchAccumulator(batchBytes: 300)
        let slot = accumulator.slot(topic: "t", partition: 0)
        #expect(slot == accumulator.slot(topic: "t", partition: 0))
        let small = Bytes(utf8: String(repeating: "x", count: 80))
        let large = Bytes(utf8: String(repeating: "x", count: 900))
        for value in [small, small, small, large, small] {
            accumulator.append(slot, timestamp: 0, key: nil as Bytes?, value: value)
        }
        #expect(accumulator.hasFullBatches)
        #expect(accumulator.takeFull().map(\.recordCount) == [2, 1, 1])
        #expect(!accumulator.hasFullBatches && accumulator.bytes > 0)
        #expect(accumulator.takeAll().map(\.recordCount) == [1])
        #expect(accumulator.bytes == 0)
    }

    @Test func `the bytes are those of all records gathered`() {
        let accumulator = BatchAccumulator(batchBytes: 500)
        let slots = (0..<3).map { accumulator.slot(topic: "t", partition: $0) }
        for index in 0..<100 {
            accumulator.append(
                slots[index % 3], timestamp: 0, key: Bytes(utf8: "k"), value: Bytes(utf8: "value \(index)"))
        }
        let bytes = accumulator.bytes
        let taken = accumulator.takeFull().reduce(0) { $0 + $1.sizeInBytes - RecordBatchHeader.size }
        #expect(accumulator.bytes == bytes - taken)
        let rest = accumulator.takeAll().reduce(0) { $0 + $1.sizeInBytes - RecordBatchHeader.size }
        #expect(rest == bytes - taken)
    }
}

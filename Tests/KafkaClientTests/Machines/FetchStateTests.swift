import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient

@Suite struct FetchStateTests {
    static let t0 = TopicPartition("t", 0), t1 = TopicPartition("t", 1)

    static func state(reset: OffsetReset = .earliest, isolation: IsolationLevel = .readUncommitted) -> FetchState {
        FetchState(
            isolation: isolation, bufferBytes: 100, maxWait: 500, reset: reset,
            retryPolicy: RetryPolicy(initialBackoff: .milliseconds(10), jitter: 0))
    }

    static func plan(_ state: inout FetchState, now: Int64 = 0) -> FetchState.Plan {
        state.plan(now: now, leader: { _ in 1 })
    }

    static func take(_ state: inout FetchState) -> FetchedBatches? { state.take(t0) }

    static func batch(at offset: Int64, records: Int = 1, value: String = "v") throws -> RecordBatch {
        let builder = RecordBatchBuilder(capacity: 256)
        for _ in 0..<records { builder.append(timestamp: 0, key: nil as Bytes?, value: Bytes(utf8: value)) }
        return try RecordBatch(try builder.finish(baseOffset: offset))
    }

    static func batches(_ batches: [RecordBatch], next: Int64, end: Int64) -> FetchState.Outcome {
        .batches(
            BatchFilter.Result(batches: batches, size: batches.reduce(0) { $0 + $1.bytes.count }, nextOffset: next),
            highWatermark: end, lastStableOffset: end, logStartOffset: 0)
    }

    @Test func `the first fetch does not wait, later ones wait longer while nothing comes`() {
        var state = Self.state()
        state.assign([Self.t0: .offset(0)], restart: true)
        var waits: [Int64] = []
        for _ in 0..<7 {
            let request = Self.plan(&state).requests[0]
            waits.append(request.maxWait)
            _ = state.fetched(request.entries[0], Self.batches([], next: 0, end: 0), now: 0, random: 0)
        }
        #expect(waits == [0, 500, 1000, 2000, 4000, 4000, 4000])
        #expect(state.isAtEnd(Self.t0))
    }

    @Test func `a topic that was made again is read from its first record, and answers of the former one are dropped`() throws {
        var state = Self.state()
        state.assign([Self.t0: .offset(7)], restart: true)
        let (old, new) = (KafkaUUID(high: 1, low: 1), KafkaUUID(high: 2, low: 2))
        let entry = Self.plan(&state).requests[0].entries[0]
        let told = [old, .zero, old, new].map { state.identify(Self.t0, as: $0) }
        #expect(told.map { $0 == nil } == [true, true, true, false])
        #expect(told[3]?.isRetriable == true && told[3]?.message.contains("t was deleted and made again") == true)
        _ = state.fetched(entry, Self.batches([try Self.batch(at: 7)], next: 8, end: 8), now: 0, random: 0)
        #expect(Self.take(&state) == nil && Self.plan(&state).positionsNeeded.map(\.1) == [.earliest])
        // What is assigned anew has positions of the topic that is there.
        state.assign([Self.t0: .offset(9)], restart: true)
        let again = state.identify(Self.t0, as: old)
        #expect(again == nil)
    }

    @Test func `where no position is to be chosen, a topic that was made again is an error`() {
        var state = Self.state(reset: .none)
        state.assign([Self.t0: .offset(7)], restart: true)
        let told = [KafkaUUID(high: 1, low: 1), KafkaUUID(high: 2, low: 2)].map { state.identify(Self.t0, as: $0) }
        #expect(told[0] == nil && told[1]?.isRetriable == false)
        #expect(state.partitions[Self.t0]?.error != nil && Self.plan(&state).positionsNeeded.isEmpty)
    }

    @Test func `a full buffer is not fetched, one with room is fetched beside a request that waits`() throws {
        var state = Self.state()
        state.assign([Self.t0: .offset(0), Self.t1: .offset(0)], restart: true)
        let first = Self.plan(&state).requests
        #expect(first.count == 1 && first[0].entries.count == 2)
        for entry in first[0].entries where entry.topicPartition == Self.t0 {
            let batch = try Self.batch(at: 0, value: String(repeating: "x", count: 100))
            let result = state.fetched(entry, Self.batches([batch], next: 1, end: 5), now: 0, random: 0)
            #expect(result.notify)
        }
        #expect(Self.plan(&state).requests.isEmpty)
        let taken = try #require(Self.take(&state))
        #expect(taken.position == 0 && taken.nextOffset == 1)
        #expect(Self.take(&state) == nil)
        let second = Self.plan(&state).requests
        #expect(second.first?.entries.map(\.topicPartition) == [Self.t0])
        #expect(second.first?.entries.first?.offset == 1)
    }

    @Test func `answers from before a seek are dropped`() throws {
        var state = Self.state()
        state.assign([Self.t0: .offset(0)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        let didSeek = state.seek(Self.t0, to: .offset(7))
        #expect(didSeek)
        let result = state.fetched(entry, Self.batches([try Self.batch(at: 0)], next: 1, end: 9), now: 0, random: 0)
        #expect(!result.notify && Self.take(&state) == nil)
        #expect(state.partitions[Self.t0]?.position == 7)
        #expect(Self.plan(&state).requests.first?.entries.first?.offset == 7)
    }

    @Test func `what was left out is passed over`() {
        var state = Self.state(isolation: .readCommitted)
        state.assign([Self.t0: .offset(0)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        let result = state.fetched(entry, Self.batches([], next: 4, end: 4), now: 0, random: 0)
        #expect(result.notify && state.isAtEnd(Self.t0) && state.partitions[Self.t0]?.position == 4)
    }

    @Test func `a paused partition is neither fetched nor handed out`() throws {
        var state = Self.state()
        state.assign([Self.t0: .offset(0)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        _ = state.fetched(entry, Self.batches([try Self.batch(at: 0)], next: 1, end: 9), now: 0, random: 0)
        state.setPaused(true, Self.t0)
        #expect(Self.take(&state) == nil && Self.plan(&state).requests.isEmpty)
        state.setPaused(false, Self.t0)
        #expect(Self.take(&state) != nil && Self.plan(&state).requests.count == 1)
    }

    @Test func `positions are found out once, and again after a failure`() {
        var state = Self.state()
        state.assign([Self.t0: .committed], restart: true)
        let need = Self.plan(&state).positionsNeeded
        #expect(need.map(\.1) == [.committed])
        #expect(Self.plan(&state).positionsNeeded.isEmpty)
        let failure = KafkaError(.connection, "gone", isRetriable: true)
        #expect(state.positioned(Self.t0, epoch: need[0].epoch, .failure(failure), now: 0, random: 0).error == nil)
        #expect(Self.plan(&state).deadline == 10)
        #expect(Self.plan(&state, now: 10).positionsNeeded.count == 1)
        _ = state.positioned(Self.t0, epoch: need[0].epoch, .success(42), now: 10, random: 0)
        #expect(Self.plan(&state, now: 10).requests.first?.entries.first?.offset == 42)
    }

    @Test func `an error that no retry helps stops the partition until it is moved`() {
        var state = Self.state()
        state.assign([Self.t0: .offset(0)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        let result = state.fetched(entry, .refused(.topicAuthorizationFailed), now: 0, random: 0)
        #expect(result.notify && result.error?.errorCode == .topicAuthorizationFailed)
        #expect(Self.plan(&state, now: 10000).requests.isEmpty)
        _ = state.seek(Self.t0, to: .offset(0))
        #expect(Self.plan(&state).requests.count == 1)
    }

    @Test func `a leader that has moved is waited for`() {
        var state = Self.state()
        state.assign([Self.t0: .offset(0)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        let result = state.fetched(entry, .refused(.notLeaderOrFollower), now: 0, random: 0)
        #expect(result.isStale && result.error == nil && !result.notify)
        #expect(Self.plan(&state).requests.isEmpty)
        #expect(state.plan(now: 10, leader: { _ in nil }).withoutLeader == [Self.t0])
    }

    @Test func `assigning again keeps the partitions that stay`() throws {
        var state = Self.state()
        state.assign([Self.t0: .offset(3)], restart: true)
        let entry = Self.plan(&state).requests[0].entries[0]
        state.assign([Self.t0: .earliest, Self.t1: .offset(5)], restart: false)
        _ = state.fetched(entry, Self.batches([try Self.batch(at: 3)], next: 4, end: 4), now: 0, random: 0)
        #expect(Self.take(&state)?.position == 3)
        #expect(state.partitions[Self.t1]?.position == 5)
    }
}

@Suite struct BatchFilterTests {
    static let partition = TopicPartition("t", 0)

    static func batch(at offset: Int64, producer: Int64 = -1, transactional: Bool = false, count: Int = 1) throws
        -> Bytes
    {
        let builder = RecordBatchBuilder(capacity: 256)
        for _ in 0..<count { builder.append(timestamp: 0, key: nil as Bytes?, value: Bytes(utf8: "v")) }
        return try builder.finish(
            baseOffset: offset, producerId: producer, producerEpoch: 0, baseSequence: 0, isTransactional: transactional)
    }

    static func marker(at offset: Int64, producer: Int64, commit: Bool) throws -> Bytes {
        let builder = RecordBatchBuilder(capacity: 256)
        let record = ControlRecord.endTransaction(commit: commit, coordinatorEpoch: 0)
        builder.append(timestamp: 0, key: record.key, value: record.value)
        return try builder.finish(
            baseOffset: offset, producerId: producer, producerEpoch: 0, isTransactional: true, isControl: true)
    }

    static func join(_ parts: [Bytes]) -> Bytes { Bytes(parts.flatMap(\.array)) }

    @Test func `aborted batches and markers are left out, of interleaved transactions too`() throws {
        let records = Self.join([
            try Self.batch(at: 0, producer: 1, transactional: true),
            try Self.batch(at: 1, producer: 2, transactional: true),
            try Self.batch(at: 2),
            try Self.marker(at: 3, producer: 1, commit: false),
            try Self.batch(at: 4, producer: 1, transactional: true),
            try Self.marker(at: 5, producer: 2, commit: true),
            try Self.marker(at: 6, producer: 1, commit: true),
        ])
        let aborted = [FetchResponse.AbortedTransaction(producerId: 1, firstOffset: 0)]
        let committed = try BatchFilter(isolation: .readCommitted).filter(
            records, from: 0, aborted: aborted, of: Self.partition)
        #expect(committed.batches.map(\.header.baseOffset) == [1, 2, 4] && committed.nextOffset == 7)
        let all = try BatchFilter(isolation: .readUncommitted).filter(records, from: 0, aborted: [], of: Self.partition)
        #expect(all.batches.map(\.header.baseOffset) == [0, 1, 2, 4] && all.nextOffset == 7)
    }

    @Test func `batches before the position are left out, one that it lies in is kept`() throws {
        let records = Self.join([try Self.batch(at: 0, count: 3), try Self.batch(at: 3, count: 3)])
        let result = try BatchFilter(isolation: .readUncommitted).filter(
            records, from: 4, aborted: [], of: Self.partition)
        #expect(result.batches.map(\.header.baseOffset) == [3] && result.nextOffset == 6)
    }

    @Test func `a torn batch at the end is left for the next fetch`() throws {
        let whole = try Self.batch(at: 0)
        let records = Self.join([whole, try Self.batch(at: 1)])
        for cut in whole.count..<records.count {
            let result = try BatchFilter(isolation: .readUncommitted).filter(
                records[0..<cut], from: 0, aborted: [], of: Self.partition)
            #expect(result.batches.count == 1 && result.nextOffset == 1)
        }
    }

    @Test func `a damaged batch is an error that says where, after what came before it`() throws {
        let good = try Self.batch(at: 0)
        var bytes = Self.join([good, try Self.batch(at: 1)]).array
        bytes[bytes.count - 1] ^= 1
        let filter = BatchFilter(isolation: .readUncommitted)
        let first = try filter.filter(Bytes(bytes), from: 0, aborted: [], of: Self.partition)
        #expect(first.batches.count == 1 && first.nextOffset == 1)
        let error = #expect(throws: KafkaError.self) {
            try filter.filter(Bytes(bytes)[good.count..<bytes.count], from: 1, aborted: [], of: Self.partition)
        }
        #expect(error?.code == .corruptBatch && error?.offset == 1)
        #expect((error?.underlying as? DamagedBatch)?.nextOffset == 2)
    }

    @Test func `where a damaged batch ends is told by the one after it, if there is one`() throws {
        var bytes = Self.join([try Self.batch(at: 5), try Self.batch(at: 6)]).array
        bytes[RecordBatchHeader.FieldOffset.lastOffsetDelta + 2] ^= 1
        let error = #expect(throws: KafkaError.self) {
            try BatchFilter(isolation: .readUncommitted).filter(Bytes(bytes), from: 5, aborted: [], of: Self.partition)
        }
        #expect((error?.underlying as? DamagedBatch)?.nextOffset == 6)
    }

    @Test func `any damage ends in an error or fewer batches, never in a trap`() throws {
        let records = Self.join([
            try Self.batch(at: 0, producer: 1, transactional: true), try Self.marker(at: 1, producer: 1, commit: false),
        ])
        let aborted = [FetchResponse.AbortedTransaction(producerId: 1, firstOffset: 0)]
        for index in 0..<records.count {
            for bit in 0..<8 {
                var bytes = records.array
                bytes[index] ^= 1 << bit
                for isolation in [IsolationLevel.readCommitted, .readUncommitted] {
                    _ = try? BatchFilter(isolation: isolation).filter(
                        Bytes(bytes), from: 0, aborted: aborted, of: Self.partition)
                }
            }
        }
    }
}

import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct TaskInputTests {
    func twoTopics() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["a", "b"])
        input.to("out")
        return try builder.build()
    }

    @Test func `records of several partitions are processed in the order of their times`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "a1", 1), ("k", "a4", 4), ("k", "a9", 9)]))
        task.feed("b", try batch([("k", "b2", 2), ("k", "b3", 3), ("k", "b9", 9), ("k", "b12", 12)]))
        #expect(try task.process(limit: 100) == 7)
        #expect(collector.written.map { $0.value?.string } == ["a1", "b2", "b3", "a4", "a9", "b9", "b12"])
        #expect(task.inputs.map(\.position) == [3, 4])
    }

    @Test func `a partition that is not at its end is waited for`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "a1", 1), ("k", "a5", 5)]), isAtEnd: false)
        #expect(try task.process(limit: 100) == 0)
        task.feed("b", try batch([("k", "b3", 3)]), isAtEnd: false)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["a1", "b3"])
        for index in task.inputs.indices { task.inputs[index].isAtEnd = true }
        #expect(try task.process(limit: 100) == 1)
        #expect(collector.written.last?.value?.string == "a5")
    }

    @Test func `the limit is kept to, and the position is after the last record processed`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch((0..<10).map { ("k", "\($0)", Int64($0)) }))
        task.feed("b", try batch([("k", "late", 100)]))
        #expect(try task.process(limit: 4) == 4)
        #expect(task.inputs[0].position == 4 && task.inputs[1].position == 0)
        #expect(task.inputs[0].end == 10 && task.inputs[1].end == 1)
    }

    @Test func `records before the position are passed over, gaps and empty ends move it on`() throws {
        let collector = MemoryCollector()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("a")
        input.to("out")
        let task = try StreamTask.make(try builder.build(), collector)
        task.inputs[0].seek(to: 12)
        task.inputs[0].append([try batch(at: 10, (10..<14).map { ("k", "\($0)", 0) })], nextOffset: 16)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["12", "13"])
        #expect(task.inputs[0].position == 16 && task.inputs[0].isEmpty)
        task.inputs[0].append([], nextOffset: 20)
        #expect(task.inputs[0].position == 20)
        task.inputs[0].append([try batch(at: 20, [("k", "20", 0)])], nextOffset: 21)
        task.inputs[0].append([try batch(at: 21, [("k", "21", 0)])], nextOffset: 22)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["12", "13", "20", "21"])
        #expect(task.inputs[0].position == 22)
    }

    @Test func `records with negative times are dropped and counted`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "no", -1), ("k", "yes", 0)]))
        task.feed("b", try batch([("k", "also", 0)]))
        #expect(try task.process(limit: 100) == 2)
        #expect(task.dropped.total == 1)
        #expect(task.inputs.map(\.position) == [2, 1])
    }

    @Test func `the first of equally early inputs goes on, a later one stops before it`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "a5", 5), ("k", "a5'", 5), ("k", "a6", 6)]))
        task.feed("b", try batch([("k", "b4", 4), ("k", "b5", 5), ("k", "b6", 6)]))
        #expect(try task.process(limit: 100) == 6)
        #expect(collector.written.map { $0.value?.string } == ["b4", "a5", "a5'", "b5", "a6", "b6"])
    }

    @Test func `event times from records decide the order, and each record is decoded once`() throws {
        let collector = MemoryCollector()
        let decoded = Mutex(0)
        let times = TimestampExtractor<String, String> { record, _ in Int64(record.value ?? "") ?? -1 }
        let counting = Serde<String>(
            encode: Serde.string.encode,
            decode: { bytes in
                decoded.withLock { $0 += 1 }
                return bytes.string
            })
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(
            ["a", "b"], Consumed(timestamp: times), key: .string, value: counting)
        input.to("out")
        let task = try StreamTask.make(try builder.build(), collector)
        task.feed("a", try batch([("k", "7", 1), ("k", "x", 2), ("k", "3", 3)]))
        task.feed("b", try batch([("k", "4", 9), ("k", "8", 10)]))
        #expect(try task.process(limit: 100) == 4)
        #expect(collector.written.map { $0.value?.string } == ["4", "7", "3", "8"])
        #expect(task.dropped.total == 1 && decoded.withLock { $0 } == 5)
        #expect(task.inputs.map(\.partitionTime) == [7, 8])
    }

    @Test func `times take in only what has been processed, also after a restart`() throws {
        let task = try StreamTask.make(twoTopics(), MemoryCollector())
        task.feed("a", try batch([("k", "v", 1_000_000)]))
        task.feed("b", try batch([("k", "v", 10), ("k", "v", 20)]))
        #expect(try task.process(limit: 1) == 1)
        #expect(task.streamTime == 10 && task.inputs.map(\.partitionTime) == [-1, 10])
        let next = try StreamTask.make(twoTopics(), MemoryCollector())
        for index in task.inputs.indices { next.resume(input: index, from: task.progress(of: index)) }
        #expect(next.streamTime == 10 && next.inputs.map(\.partitionTime) == [-1, 10])
    }

    @Test func `an undecodable record that is looked at before its turn is set aside once`() throws {
        let collector = MemoryCollector()
        let builder = StreamsBuilder()
        let extractor = TimestampExtractor<String, Int64> { record, _ in record.value ?? -1 }
        let input: KStream<String, Int64> = builder.stream(
            ["a", "b"], Consumed(timestamp: extractor), key: .string, value: .int64)
        input.to("out")
        let task = try StreamTask.make(try builder.build(), collector, onBadRecord: .skip)
        task.feed("a", try batch([("k", "no number", 1), ("k", "12345678", 2)]))
        task.feed("b", try batch([("k", "short", 1)]))
        #expect(try task.process(limit: 100) == 1)
        #expect(task.badRecords == 2 && task.inputs.map(\.position) == [2, 1])
    }

    @Test func `the last offset of all does not wrap`() throws {
        let task = try StreamTask.make(twoTopics(), MemoryCollector())
        task.inputs[0].append([try batch(at: .max - 1, [("k", "v", 10)])], nextOffset: .max)
        task.inputs[1].isAtEnd = true
        #expect(try task.process(limit: 10) == 1)
        #expect(task.inputs[0].position == .max)
    }

    // MARK: - max.task.idle.ms

    @Test func `with a negative idle time nobody waits, not even for records that are known to be there`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector, maxIdle: -1)
        task.feed("a", try batch([("k", "a5", 5)]), isAtEnd: false)
        #expect(try task.process(limit: 100) == 1)
    }

    @Test func `inputs at their end are waited for as long as the idle time says`() throws {
        let task = try StreamTask.make(twoTopics(), MemoryCollector(), maxIdle: 100)
        var now: Int64 = 1000
        task.feed("a", try batch([("k", "a5", 5), ("k", "a7", 7)]))
        task.inputs[1].isAtEnd = true
        #expect(try task.process(now: { now }) == 0)
        #expect(task.inputs.idleDeadline == 1100)
        now = 1099
        #expect(try task.process(now: { now }) == 0)
        // What comes begins the wait anew.
        task.feed("b", try batch([("k", "b1", 1)]))
        #expect(try task.process(now: { now }) == 1)
        #expect(task.inputs.idleDeadline == 1199)
        now = 1199
        #expect(try task.process(now: { now }) == 2)
        #expect(task.inputs.idleDeadline == nil)
    }

    @Test func `so they are where schedules go by stream time`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["a", "b"])
        input.process(key: .string, value: .string) {
            ClosureProcessor(onStart: { _ = try $0.schedule(every: .seconds(1), by: .streamTime) { _ in } })
        }.to("out")
        let task = try StreamTask.make(builder.build(), MemoryCollector(), maxIdle: 100)
        try task.start()
        var now: Int64 = 1000
        task.feed("a", try batch([("k", "a5", 5), ("k", "a7", 7)]))
        task.inputs[1].isAtEnd = true
        #expect(try task.process(now: { now }) == 0)
        #expect(task.inputs.idleDeadline == 1100)
        now = 1100
        #expect(try task.process(now: { now }) == 2)
    }

    @Test func `an input that is not at its end is waited for without a deadline`() throws {
        let task = try StreamTask.make(twoTopics(), MemoryCollector(), maxIdle: 100)
        var now: Int64 = 1000
        task.feed("a", try batch([("k", "a5", 5)]))
        #expect(try task.process(now: { now }) == 0)
        #expect(task.inputs.idleDeadline == nil)
        now = 9000
        #expect(try task.process(now: { now }) == 0)
    }
}

import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct PartitionQueueTests {
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
        #expect(task.queues.map(\.position) == [3, 4])
    }

    @Test func `a partition that is not at its end is waited for`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "a1", 1), ("k", "a5", 5)]), isAtEnd: false)
        #expect(try task.process(limit: 100) == 0)
        task.feed("b", try batch([("k", "b3", 3)]), isAtEnd: false)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["a1", "b3"])
        for index in task.queues.indices { task.queues[index].isAtEnd = true }
        #expect(try task.process(limit: 100) == 1)
        #expect(collector.written.last?.value?.string == "a5")
    }

    @Test func `the limit is kept to, and the position is after the last record processed`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch((0..<10).map { ("k", "\($0)", Int64($0)) }))
        task.feed("b", try batch([("k", "late", 100)]))
        #expect(try task.process(limit: 4) == 4)
        #expect(task.queues[0].position == 4 && task.queues[1].position == 0)
        #expect(task.queues[0].end == 10 && task.queues[1].end == 1)
    }

    @Test func `records before the position are passed over, gaps and empty ends move it on`() throws {
        let collector = MemoryCollector()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("a")
        input.to("out")
        let task = try StreamTask.make(try builder.build(), collector)
        task.queues[0].seek(to: 12)
        task.queues[0].append([try batch(at: 10, (10..<14).map { ("k", "\($0)", 0) })], nextOffset: 16)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["12", "13"])
        #expect(task.queues[0].position == 16 && task.queues[0].isEmpty)
        task.queues[0].append([], nextOffset: 20)
        #expect(task.queues[0].position == 20)
        task.queues[0].append([try batch(at: 20, [("k", "20", 0)])], nextOffset: 21)
        task.queues[0].append([try batch(at: 21, [("k", "21", 0)])], nextOffset: 22)
        #expect(try task.process(limit: 100) == 2)
        #expect(collector.written.map { $0.value?.string } == ["12", "13", "20", "21"])
        #expect(task.queues[0].position == 22)
    }

    @Test func `records with negative times are dropped and counted`() throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(twoTopics(), collector)
        task.feed("a", try batch([("k", "no", -1), ("k", "yes", 0)]))
        task.feed("b", try batch([("k", "also", 0)]))
        #expect(try task.process(limit: 100) == 2)
        #expect(task.droppedRecords == 1)
        #expect(task.queues.map(\.position) == [2, 1])
    }
}

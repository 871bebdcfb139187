import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// What is tried again is the step that failed, with what came to it: nothing before it happens twice, and nothing after it
/// out of turn.
@Suite struct RetriedRecordTests {
    struct Refused: Error {}

    /// Values that fail so many times before they pass.
    final class Flaky: Sendable {
        private let left: Mutex<[String: Int]>
        init(_ left: [String: Int]) { self.left = Mutex(left) }

        func pass(_ value: String?) throws -> String? {
            let fails = left.withLock { left in
                let count = left[value ?? ""] ?? 0
                left[value ?? ""] = count - 1
                return count > 0
            }
            if fails { throw Refused() }
            return value
        }
    }

    func run(
        _ topology: Topology, _ batches: [(topic: String, batch: RecordBatch)],
        _ policy: BadRecordPolicy = .retry(times: 5, then: .fail), cacheBytes: Int = 0
    ) throws -> (texts: [String], task: StreamTask) {
        let collector = MemoryCollector()
        var now: Int64 = 0
        let task = try StreamTask.make(topology, collector, onBadRecord: policy, cacheBytes: cacheBytes, now: { now })
        for (topic, batch) in batches { task.feed(topic, batch) }
        try task.start()
        repeat {
            now = max(now, task.retry?.due ?? now)
            _ = try task.process()
            try task.flush()
        } while task.retry != nil
        return (collector.texts.filter { !$0.contains("changelog") }, task)
    }

    @Test(arguments: [0, 1 << 20])
    func `a store before the step that fails takes the record in once`(_ cacheBytes: Int) throws {
        let flaky = Flaky(["a:1": 2])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().count(.as("counts")).toStream().mapValues(named: "flaky") { key, count in
            try flaky.pass("\(key ?? ""):\(count ?? 0)")
        }.to("out", value: .string)
        let found = try run(
            builder.build(), [("in", try batch([("a", "x", 1), ("b", "y", 2), ("b", "z", 3)]))], cacheBytes: cacheBytes)
        let expected = ["out:a=a:1@1", "out:b=b:1@2", "out:b=b:2@3"]
        #expect(found.texts == (cacheBytes == 0 ? expected : [expected[0], expected[2]]))
        #expect(found.task.badRecords == 0 && found.task.processedRecords == 3)
    }

    @Test func `steps on other ways take the record in once, and what comes after it waits behind it`() throws {
        let flaky = Flaky(["2": 3])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        let parts = input.flatMapValues { value in (value ?? "").split(separator: " ").map(String.init) }
        parts.mapValues(named: "flaky") { try flaky.pass($0) }.to("out")
        parts.to("copies")
        let found = try run(builder.build(), [("in", try batch([("a", "1 2 3", 1), ("a", "4", 2)]))])
        #expect(found.texts.filter { $0.hasPrefix("out") } == ["1", "2", "3"].map { "out:a=\($0)@1" } + ["out:a=4@2"])
        #expect(found.texts.filter { $0.hasPrefix("copies") } == ["1", "2", "3"].map { "copies:a=\($0)@1" } + ["copies:a=4@2"])
    }

    @Test func `several steps of a record may fail, one after the other and again further down`() throws {
        let (first, second) = (Flaky(["x": 2]), Flaky(["x": 1]))
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues(named: "first") { try first.pass($0) }.mapValues(named: "second") { try second.pass($0) }.to("out")
        input.mapValues(named: "third") { try second.pass($0.map { "\($0)!" }) }.to("other")
        let found = try run(builder.build(), [("in", try batch([("a", "x", 1), ("a", "y", 2)]))])
        #expect(found.texts.sorted() == ["other:a=x!@1", "other:a=y!@2", "out:a=x@1", "out:a=y@2"])
    }

    @Test func `a record that fails in several steps counts once, with one letter`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues(named: "one") { _ -> String? in throw Refused() }.to("out")
        input.mapValues(named: "two") { _ -> String? in throw Refused() }.to("out")
        let found = try run(builder.build(), [("in", try batch([("a", "x", 1)]))], .deadLetter(topic: "dead"))
        #expect(found.texts == ["dead:a=x@1"] && found.task.badRecords == 1)
    }

    @Test(arguments: [false, true])
    func `a join that fails at one of several matches sends none of them twice`(_ isSelfJoin: Bool) throws {
        let flaky = Flaky(["b+c": 2])
        let builder = StreamsBuilder()
        let left: KStream<String, String> = builder.stream("left")
        let right: KStream<String, String> = isSelfJoin ? left : builder.stream("right")
        left.join(right, within: .difference(.seconds(1))) { _, left, right in
            try flaky.pass("\(left)+\(right)")
        }.to("out")
        let topology = try builder.build(isSelfJoin ? .singleStoreSelfJoin : [])
        let batches = [
            ("left", try batch([("k", "a", 1), ("k", "b", 2)])), ("right", try batch([("k", "c", 3)])),
        ]
        if isSelfJoin {
            let found = try run(topology, [("left", try batch([("k", "a", 1), ("k", "b", 2), ("k", "c", 3)]))])
            #expect(Set(found.texts).count == 9 && found.texts.count == 9)
        } else {
            let found = try run(topology, batches.map { (topic: $0.0, batch: $0.1) })
            #expect(found.texts == ["out:k=a+c@3", "out:k=b+c@3"])
        }
    }

    @Test func `nothing is flushed while something waits, and a flush may come to wait`() throws {
        let flaky = Flaky(["1": 1])
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().count(.as("counts")).toStream().mapValues(named: "flaky") { _, count in
            try flaky.pass("\(count ?? 0)")
        }.to("out", value: .string)
        let collector = MemoryCollector()
        var now: Int64 = 0
        let task = try StreamTask.make(
            builder.build(), collector, onBadRecord: .retry(times: 1, then: .fail), cacheBytes: 1 << 20, now: { now })
        task.feed("in", try batch([("a", "x", 1)]))
        _ = try task.process()
        #expect(task.retry == nil)
        try task.flush()
        let retry = try #require(task.retry)
        #expect(retry.what.contains("held back"))
        try task.flush()
        #expect(task.retry != nil && collector.texts.filter { $0.hasPrefix("out") }.isEmpty)
        now = retry.due
        _ = try task.process()
        #expect(task.retry == nil && collector.texts.filter { $0.hasPrefix("out") } == ["out:a=1@1"])
    }

    @Test func `what cannot be tried again goes by the other policy at once, and fails where a closure asks for it all the same`() throws {
        func task(_ policy: BadRecordPolicy) throws -> StreamTask {
            let builder = StreamsBuilder()
            let left: KStream<String, String> = builder.stream("left")
            let right: KStream<String, String> = builder.stream("right")
            left.leftJoin(right, within: .difference(.milliseconds(10), grace: .zero)) { _, left, right in
                if left == "bad" { throw Refused() }
                return "\(left)+\(right ?? "-")"
            }.to("out")
            let task = try StreamTask.make(builder.build(), MemoryCollector(), onBadRecord: policy)
            task.feed("left", try batch([("a", "bad", 1), ("b", "end", 100)]))
            task.feed("right", try batch([]))
            return task
        }
        let skipping = try task(.retry(times: 5, then: .skip))
        _ = try skipping.process()
        #expect(skipping.retry == nil && skipping.badRecords == 1 && skipping.inputs[0].position == 2)
        let insisting = try task(.decide { failure in failure.canRetry ? .skip : .retry(after: .zero) })
        let error = #expect(throws: StreamsError.self) { try insisting.process() }
        #expect(error?.message.contains("held back failed") == true)
    }

    @Test func `a record that brokers refuse is let through for another attempt, and counts how often it was refused`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.to("out", Produced(onBadRecord: .retry(times: 2, then: .skip), name: "sink"))
        var refusals = Refusals()
        let refused = RefusedRecord(
            topicPartition: TopicPartition("out", 0), timestamp: 1, key: Bytes(utf8: "a"), value: Bytes(utf8: "x"),
            scope: .topic, reason: "not allowed")
        for times in 1...3 {
            refusals.add([refused])
            var now: Int64 = 0
            let collector = ProducerCollector(
                batchBytes: 1000, compression: .none, partitionCounts: ["out": 1], refusals: refusals)
            let task = try StreamTask.make(builder.build(), collector, now: { now })
            task.feed("in", try batch([("a", "x", 1)]))
            _ = try task.process()
            #expect((task.retry?.due ?? 0) == [100, 200, 0][times - 1])
            now = 1000
            _ = try task.process()
            #expect(collector.batches.takeAll().map(\.recordCount) == (times < 3 ? [1] : []))
            #expect(task.retry == nil && task.badRecords == (times < 3 ? 0 : 1))
        }
    }
}

import Foundation
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ProgressTests {
    func windowed() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["a", "b"])
        input.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10))).count(.as("counts"), named: "count").to("out")
        return try builder.build()
    }

    @Test func `stream times go with the committed offsets`() throws {
        let old = try StreamTask.make(windowed(), MemoryCollector())
        old.feed("a", try batch([("k", "v", 25_000)]))
        old.feed("b", try batch([("k", "v", 31_000), ("k", "v", 7)]))
        _ = try old.process(limit: 100)
        let collector = MemoryCollector()
        let new = try StreamTask.make(windowed(), collector)
        for index in old.inputs.indices { new.resume(input: index, from: old.progress(of: index)) }
        #expect(new.inputs.map(\.partitionTime) == [25_000, 31_000])
        #expect(new.context.streamTime == 31_000)
        #expect(new.context.clocks.mapValues(\.time) == [TaskProgress.key(timeOf: "count"): 31_000])
        new.feed("a", try batch([("k", "late", 12_000)]))
        new.feed("b", try batch([("k", "in time", 30_500)]))
        _ = try new.process(limit: 100)
        #expect(new.dropped.total == 1)
    }

    @Test func `the last look for closed windows is saved under the store's name, as in Kafka Streams`() throws {
        func topology() throws -> Topology {
            let builder = StreamsBuilder()
            let input: KStream<String, String> = builder.stream("in")
            input.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10), grace: .seconds(5)))
                .emitStrategy(.onWindowClose)
                .count(Materialized(as: "final", retention: .days(1)), named: "count").toStream().to("out", value: .int64)
            return try builder.build()
        }
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology(), collector)
        task.feed("in", try batch([("k", "v", 1000), ("k", "v", 16_000), ("k", "v", 17_000)]))
        _ = try task.process(limit: 100)
        #expect(collector.written.filter { $0.topic == "out" }.count == 1)
        #expect(TaskProgress(task.progress(of: 0))?.entries["final"] == 12_000)
        // Metadata as a JVM writes it, over a store that still has the window.
        let again = MemoryCollector()
        let new = try StreamTask.make(topology(), again)
        try task.flush()
        for record in collector.written where record.topic.hasSuffix("-changelog") {
            try new.restore(
                store: "final", key: record.key ?? Bytes(), value: record.value, timestamp: record.timestamp, headers: [])
        }
        new.resume(input: 0, from: TaskProgress(partitionTime: 17_000, entries: ["final": 11_500]).text)
        new.feed("in", try batch([("k", "v", 26_000)]))
        _ = try new.process(limit: 100)
        // The window that ended at 10 s has left already, the one that ends at 20 s leaves now.
        #expect(again.written.filter { $0.topic == "out" }.count == 1)
    }

    @Test func `many names are spread over the inputs, those of stores first`() {
        let names = (0..<300).map { (name: String(format: "~e%09d", $0), number: Int64($0)) }
        let all = [(name: "store", number: 1 as Int64)] + names
        var found: [String: Int64] = [:]
        for input in 0..<3 {
            let share = TaskProgress.share(of: input, in: all)
            if input == 0 { #expect(share.first?.0 == "store") }
            let text = TaskProgress(partitionTime: 0, entries: Dictionary(uniqueKeysWithValues: share)).text
            #expect(text.utf8.count <= 4096)
            found.merge(TaskProgress(text)?.entries ?? [:]) { $1 }
        }
        #expect(found.count == 301)
    }

    @Test func `metadata of other programs, cut short or damaged, is passed over`() throws {
        let whole = try {
            let task = try StreamTask.make(windowed(), MemoryCollector())
            task.feed("a", try batch([("k", "v", 25_000)]))
            task.inputs[1].isAtEnd = true
            _ = try task.process(limit: 100)
            return task.progress(of: 0)
        }()
        let bytes = try #require(Data(base64Encoded: whole))
        var garbage = ["", "hello", "====", "AQ==", "Ag==", String(repeating: "A", count: 4000), "💥"]
        garbage += (0..<bytes.count).map { bytes.prefix($0).base64EncodedString() }
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            var damaged = bytes
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            garbage.append(damaged.base64EncodedString())
        }
        for text in garbage {
            let task = try StreamTask.make(windowed(), MemoryCollector())
            task.resume(input: 0, from: text)
            for index in task.inputs.indices { task.inputs[index].isAtEnd = true }
            task.feed("a", try batch([("k", "v", 25_000)]))
            #expect(try task.process(limit: 100) == 1)
        }
    }
}

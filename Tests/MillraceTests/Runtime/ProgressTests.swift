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
        #expect(new.context.clocks.mapValues(\.time) == ["count": 31_000])
        new.feed("a", try batch([("k", "late", 12_000)]))
        new.feed("b", try batch([("k", "in time", 30_500)]))
        _ = try new.process(limit: 100)
        #expect(new.droppedRecords == 1)
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

import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct BadRecordTests {
    struct Refused: Error {}

    /// Keys are texts, values 64-bit numbers; 13 is refused.
    func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, Int64> = builder.stream("in")
        input.mapValues { value in
            if value == 13 { throw Refused() }
            return value.map { $0 + 1 }
        }.to("out")
        return try builder.build()
    }

    static func number(_ value: Int64) -> Bytes {
        var writer = ByteWriter(capacity: 8)
        writer.write(value)
        return writer.finish()
    }

    enum Fault: CaseIterable { case key, value, step }

    /// A good record, a bad one at offset 1, and a good one.
    func input(_ fault: Fault) throws -> RecordBatch {
        let builder = RecordBatchBuilder(capacity: 256)
        builder.append(timestamp: 1, key: Bytes(utf8: "first"), value: Self.number(1))
        let key: [UInt8] = fault == .key ? [0xff, 0xfe] : Array("bad".utf8)
        let value = fault == .value ? Bytes(utf8: "?") : Self.number(fault == .step ? 13 : 5)
        builder.append(
            timestamp: 2, key: Bytes(key), value: value, headers: [RecordHeader(key: "trace", value: Bytes(utf8: "42"))]
        )
        builder.append(timestamp: 3, key: Bytes(utf8: "last"), value: Self.number(3))
        return try RecordBatch(try builder.finish())
    }

    @Test(arguments: Fault.allCases)
    func `fail names topic, partition and offset, and stops before the record`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology(), collector)
        task.feed("in", try input(fault))
        let error = #expect(throws: StreamsError.self) { try task.process(limit: 100) }
        #expect(error?.code == (fault == .step ? .processing : .undecodableRecord))
        #expect(error?.description.contains("in-0") == true && error?.description.contains("offset 1") == true)
        #expect((error?.description.contains("in the step KSTREAM-MAPVALUES-0000000001") == true) == (fault == .step))
        #expect(task.inputs[0].position == 1 && collector.written.count == 1)
    }

    @Test(arguments: Fault.allCases)
    func `skip leaves the record out, counts it and goes on`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology(), collector, onBadRecord: .skip)
        task.feed("in", try input(fault))
        _ = try task.process(limit: 100)
        #expect(collector.written.map { $0.key?.string } == ["first", "last"])
        #expect(task.badRecords == 1 && task.inputs[0].position == 3)
    }

    @Test(arguments: Fault.allCases)
    func `the dead-letter topic gets the bytes untouched, the headers and where they came from`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology(), collector, onBadRecord: .deadLetter(topic: "bad"))
        task.feed("in", try input(fault))
        _ = try task.process(limit: 100)
        #expect(collector.written.map(\.topic) == ["out", "bad", "out"])
        let letter = try #require(collector.written.dropFirst().first)
        #expect(letter.key == (fault == .key ? Bytes([0xff, 0xfe]) : Bytes(utf8: "bad")))
        #expect(letter.value == (fault == .value ? Bytes(utf8: "?") : Self.number(fault == .step ? 13 : 5)))
        #expect(letter.timestamp == 2)
        let headers = Dictionary(
            letter.headers.map { ($0.key, $0.value?.string ?? "") }, uniquingKeysWith: { a, _ in a })
        #expect(headers["trace"] == "42")
        #expect(headers["__streams.errors.topic"] == "in" && headers["__streams.errors.partition"] == "0")
        #expect(headers["__streams.errors.offset"] == "1" && headers["__streams.errors.message"]?.isEmpty == false)
        let type = fault == .step ? "MillraceTests.BadRecordTests.Refused" : "Millrace.SerdeError"
        #expect(headers["__streams.errors.exception"] == type)
        let trace = try #require(headers["__streams.errors.stacktrace"])
        #expect(trace.hasPrefix("\(type): ") && trace.hasSuffix("at the record in-0 offset 1"))
        #expect(headers.keys.count { $0.hasPrefix("__streams.") } == 6)
        #expect(task.badRecords == 1 && task.inputs[0].position == 3)
    }

    /// Counts of keys, held back by a cache, after which a step refuses the key `bad`.
    func cached(_ collector: MemoryCollector, _ policy: BadRecordPolicy) throws -> StreamTask {
        let builder = StreamsBuilder()
        let input: KStream<String, Int64> = builder.stream("in")
        input.groupByKey().count(.as("counts"), named: "count").toStream().mapValues { key, count in
            if key == "bad" { throw Refused() }
            return count ?? 0
        }.to("out")
        let blueprint = TaskBlueprint(try builder.build(), applicationID: "app")
        return try blueprint.makeTask(
            TaskID(subTopology: 0, partition: 0), collector: collector, globalStores: blueprint.makeGlobalStores(),
            cacheBytes: 1 << 20, onBadRecord: policy)
    }

    func counted() throws -> RecordBatch {
        let builder = RecordBatchBuilder(capacity: 256)
        for key in ["a", "bad", "z"] { builder.append(timestamp: 1, key: Bytes(utf8: key), value: Self.number(1)) }
        return try RecordBatch(try builder.finish())
    }

    @Test func `an update held back after which a step throws fails the flush, by name`() throws {
        let task = try cached(MemoryCollector(), .fail)
        task.feed("in", try counted())
        _ = try task.process(limit: 100)
        let error = #expect(throws: StreamsError.self) { try task.flush() }
        #expect(error?.code == .processing && error?.message.contains("count") == true)
    }

    @Test(arguments: [BadRecordPolicy.skip, .deadLetter(topic: "bad")])
    func `an update held back after which a step throws is set aside, and no other is lost`(
        _ policy: BadRecordPolicy
    ) throws {
        let collector = MemoryCollector()
        let task = try cached(collector, policy)
        task.feed("in", try counted())
        _ = try task.process(limit: 100)
        try task.flush()
        #expect(
            collector.written.filter { $0.topic == "out" }.map { $0.key?.string }.sorted { $0 ?? "" < $1 ?? "" } == [
                "a", "z",
            ])
        #expect(collector.written.filter { $0.topic == "app-counts-changelog" }.count == 3)
        let letters = collector.written.filter { $0.topic == "bad" }
        #expect(letters.map { $0.key?.string } == (policy.deadLetterTopics.isEmpty ? [] : ["bad"]))
        #expect(letters.allSatisfy { $0.value == Self.number(1) && $0.headers.count == 3 })
        #expect(task.badRecords == 1)
    }
}

import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct DroppedRecordTests {
    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let input = builder.stream(
            "in",
            Consumed(
                key: .string, value: .string, timestamp: TimestampExtractor { record, _ in record.value == "before" ? -1 : record.timestamp }
            ))
        input.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count(.as("counts"), named: "count")
            .toStream { key, _ in key.map { "\($0)" } }.to("out", value: .int64)
        return try builder.build()
    }

    static let records: [(key: String?, value: String?, time: Int64)] = [
        ("a", "x", 100), ("a", "late", 5), (nil, "null", 101), ("a", "before", 102), ("a", "y", 103),
    ]

    func run(_ policy: DroppedRecordPolicy) throws -> (collector: MemoryCollector, task: StreamTask) {
        let collector = MemoryCollector()
        let task = try StreamTask.make(Self.topology(), collector, droppedRecords: policy)
        task.feed("in", try batch(at: 40, Self.records, headers: [RecordHeader(key: "trace", value: Bytes(utf8: "1"))]))
        _ = try task.process()
        return (collector, task)
    }

    @Test func `records that steps leave out are counted by reason, and that is all unless asked for more`() throws {
        let (collector, task) = try run(.count)
        #expect(task.dropped.late == 1 && task.dropped.null == 1 && task.dropped.badTime == 1)
        #expect(!collector.topics.contains("dead") && task.badRecords == 0)
        #expect(task.processedRecords == 4)
    }

    @Test func `they go to a topic as they came, with the reason, the step and their place`() throws {
        let (collector, task) = try run(.deadLetter(topic: "dead"))
        let letters = collector.written.filter { $0.topic == "dead" }
        #expect(collector.texts.filter { $0.hasPrefix("dead") } == ["dead:a=late@5", "dead:null=null@101", "dead:a=before@102"])
        let headers = letters.map { $0.headers.map { "\($0.key)=\($0.value?.string ?? "")" } }
        func place(_ offset: Int) -> [String] {
            ["__streams.errors.topic=in", "__streams.errors.partition=0", "__streams.errors.offset=\(offset)"]
        }
        #expect(
            headers == [
                ["trace=1", "__millrace.dropped.reason=late", "__millrace.dropped.step=count"] + place(41),
                ["trace=1", "__millrace.dropped.reason=null", "__millrace.dropped.step=count"] + place(42),
                ["trace=1", "__millrace.dropped.reason=bad-time"] + place(43),
            ])
        #expect(task.dropped.total == 3 && task.badRecords == 0 && task.inputs[0].position == 45)
        #expect(task.processedRecords == 4)
        let (counted, _) = try run(.count)
        #expect(counted.texts.filter { $0.hasPrefix("out") } == collector.texts.filter { $0.hasPrefix("out") })
    }
}

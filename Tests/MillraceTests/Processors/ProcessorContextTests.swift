import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// What processors can do but for their stores.
@Suite struct ProcessorContextTests {
    func driver(
        stores: [StoreBuilder] = [], _ make: @escaping @Sendable () throws -> ClosureProcessor
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(stores: stores, named: "p", make).to("out")
        return try TopologyTestDriver(builder.build(), applicationID: "shop")
    }

    @Test func `the record's place is known while it is processed, and not outside of one`() throws {
        let notes = Notes()
        let driver = try driver {
            ClosureProcessor(
                onStart: { context in
                    notes.add("start \(context.recordMetadata == nil) \(context.applicationID) \(context.taskID)")
                    try context.schedule(every: .seconds(1), by: .wallClock) { now in
                        notes.add("\(now) \(context.recordMetadata == nil)")
                    }
                },
                onRecord: { _, context in
                    let place = try #require(context.recordMetadata)
                    notes.add("\(place.topic) \(place.partition) \(place.offset) \(context.streamTime)")
                })
        }
        try driver.pipe("in", "a", "x", at: 5)
        try driver.pipe("in", "a", "y", at: 3)
        try driver.advanceWallClock(by: .seconds(1))
        #expect(notes.all == ["start true shop 0_0", "in 0 0 5", "in 0 1 5", "1000 true"])
    }

    @Test func `with two topics the place is that of the record's own`() throws {
        let notes = Notes()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["a", "b"])
        input.process {
            ClosureProcessor(onRecord: { record, context in
                notes.add("\(record.value ?? "") \(context.recordMetadata?.topic ?? "none")")
            })
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("a", "k", "1", at: 0)
        try driver.pipe("b", "k", "2", at: 0)
        try driver.pipe("a", "k", "3", at: 0)
        #expect(notes.all == ["1 a", "2 b", "3 a"])
    }

    @Test func `a record goes to one child by name, and an unknown one is an error that names the children`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        let processed = input.process(named: "router") {
            ClosureProcessor(onRecord: { record, context in
                switch record.value {
                case "all": try context.forward(record)
                case let value: try context.forward(record, to: value ?? "")
                }
            })
        }
        processed.to("left", Produced(name: "left-sink"))
        processed.to("right", Produced(name: "right-sink"))
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "a", "left-sink", at: 0)
        try driver.pipe("in", "b", "right-sink", at: 0)
        try driver.pipe("in", "c", "all", at: 0)
        #expect(try driver.texts("left", .string, .string) == ["a=left-sink@0", "c=all@0"])
        #expect(try driver.texts("right", .string, .string) == ["b=right-sink@0", "c=all@0"])
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "d", "up", at: 0) }
        #expect(
            error?.message == "up is not among the steps after the processor router: they are left-sink, right-sink")
    }

    struct Stamp: FixedKeyProcessor {
        func process(
            _ record: FixedKeyRecord<String, String>, _ context: FixedKeyProcessorContext<String, Int64>
        ) throws {
            var record = record
            record.headers.append(RecordHeader(key: "n", value: Bytes(utf8: "\(record.headers.count)")))
            record.timestamp += 1
            try context.forward(record.with(value: context.recordMetadata?.offset), to: "out-sink")
        }
    }

    @Test func `a fixed-key processor reads and sets headers, and forwards by name`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.processValues { Stamp() }.to("out", Produced(name: "out-sink"))
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "a", "x", at: 1, headers: [RecordHeader(key: "h", value: [1])])
        let record = try #require(driver.read("out").first)
        #expect(record.key?.string == "a")
        #expect(record.value == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(record.timestamp == 2)
        #expect(
            record.headers == [RecordHeader(key: "h", value: [1]), RecordHeader(key: "n", value: Bytes(utf8: "1"))])
    }

    @Test func `a schedule may end itself and another`() throws {
        let notes = Notes()
        let driver = try driver {
            ClosureProcessor(onStart: { context in
                nonisolated(unsafe) var first: Punctuation?
                let second = try context.schedule(every: .seconds(2), by: .wallClock) { notes.add("second \($0)") }
                first = try context.schedule(every: .seconds(1), by: .wallClock) { now in
                    notes.add("first \(now)")
                    if now == 3000 {
                        first?.cancel()
                        second.cancel()
                    }
                }
                try context.schedule(every: .seconds(1), by: .streamTime) { notes.add("stream \($0)") }
            })
        }
        for _ in 0..<5 { try driver.advanceWallClock(by: .seconds(1)) }
        #expect(notes.take() == ["first 1000", "second 2000", "first 2000", "first 3000"])
        try driver.pipe("in", "a", "x", at: 500)
        try driver.pipe("in", "a", "x", at: 999)
        try driver.pipe("in", "a", "x", at: 1000)
        #expect(notes.take() == ["stream 500", "stream 1000"])
        try driver.restart()
        try driver.pipe("in", "a", "x", at: 1999)
        #expect(notes.take() == [])
        try driver.pipe("in", "a", "x", at: 2000)
        #expect(notes.take() == ["stream 2000"])
    }

    @Test func `a schedule that throws is skipped if bad records are, and the others fire`() throws {
        struct Broken: Error {}
        let notes = Notes()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(named: "ticking") {
            ClosureProcessor(onStart: { context in
                try context.schedule(every: .seconds(1), by: .wallClock) { _ in throw Broken() }
                try context.schedule(every: .seconds(1), by: .wallClock) { notes.add("second \($0)") }
            })
        }.to("out")
        let lenient = try TopologyTestDriver(builder.build(), onBadRecord: .skip)
        for _ in 0..<2 { try lenient.advanceWallClock(by: .seconds(1)) }
        #expect(notes.take() == ["second 1000", "second 2000"])
        let strict = try TopologyTestDriver(builder.build())
        let error = #expect(throws: StreamsError.self) { try strict.advanceWallClock(by: .seconds(1)) }
        #expect(error?.message.contains("the processor ticking") == true)
    }

    @Test func `a processor that throws after it has forwarded is named, not the step that took the record`() throws {
        struct Broken: Error {}
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(named: "ticking") {
            ClosureProcessor(onRecord: { record, context in
                try context.forward(record)
                throw Broken()
            })
        }.mapValues(named: "after") { $0 }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "k", "1", at: 0) }
        #expect(error?.message.contains("in the step ticking") == true)
    }

    @Test func `an interval below a millisecond is refused`() throws {
        let error = #expect(throws: StreamsError.self) {
            _ = try driver {
                ClosureProcessor(onStart: { try $0.schedule(every: .zero, by: .wallClock) { _ in } })
            }
        }
        #expect(error?.code == .invalidTopology)
        #expect(error?.message.contains("processor p") == true)
    }

    @Test func `a processor starts with its stores restored, and is closed once, with its last changes written`() throws {
        let notes = Notes()
        let driver = try driver(stores: [.keyValue("seen", key: .string, value: .string)]) {
            nonisolated(unsafe) var seen: StateTable<String, String>?
            return ClosureProcessor(
                onStart: { context in
                    let store: StateTable<String, String> = try context.keyValueStore("seen")
                    seen = store
                    notes.add("start with \(try Array(store.all).count)")
                },
                onClose: { notes.add("close") },
                onRecord: { record, _ in try seen?.put(record.key ?? "", record.value) })
        }
        try driver.pipe("in", "a", "1", at: 0)
        try driver.pipe("in", "b", "2", at: 0)
        try driver.restart()
        #expect(notes.take() == ["start with 0", "close", "start with 2"])
        try driver.close()
        try driver.close()
        #expect(notes.take() == ["close"])
    }

    struct Broken: Error {}

    @Test func `all processors are closed though one fails`() throws {
        let notes = Notes()
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(named: "first") { ClosureProcessor(onClose: { throw Broken() }) }
            .process(named: "second") { ClosureProcessor(onClose: { notes.add("closed") }) }
            .to("out")
        let driver = try TopologyTestDriver(builder.build())
        let error = #expect(throws: StreamsError.self) { try driver.close() }
        #expect(error?.message == "the processor first cannot be closed")
        #expect(notes.all == ["closed"])
    }

    final class Held: Sendable {}

    @Test func `nothing of a processor is left once its task has ended`() throws {
        weak var held: Held?
        do {
            let object = Held()
            held = object
            let driver = try driver(stores: [.keyValue("seen", key: .string, value: .string)]) { [weak held] in
                let held = held
                return ClosureProcessor(
                    onStart: { context in
                        _ = try context.keyValueStore("seen", key: String.self, value: String.self)
                        try context.schedule(every: .seconds(1), by: .wallClock) { _ in
                            withExtendedLifetime(held) {}
                            try context.forward(Record(key: nil, value: nil, timestamp: 0))
                        }
                    })
            }
            try driver.advanceWallClock(by: .seconds(1))
            try driver.close()
        }
        #expect(held == nil)
    }
}

import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// Which policy counts, and what each answer to each kind of failure does.
@Suite struct FailurePolicyTests {
    struct Refused: Error {}

    /// What fails: `?` cannot be read, `step` fails in a step, `sink` at the sink.
    enum Fault: String, CaseIterable {
        case source = "?"
        case step, sink

        var kind: StreamsFailure.Kind {
            switch self {
            case .source: .undecodableRecord
            case .step: .processing
            case .sink: .production
            }
        }
    }

    /// Keeps the failures that a closure was asked about.
    final class Asked: Sendable {
        private let state = Mutex<[StreamsFailure]>([])
        var failures: [StreamsFailure] { state.withLock { $0 } }
        func note(_ failure: StreamsFailure) { state.withLock { $0.append(failure) } }
    }

    static func serde(refusing text: String, reads: Bool) -> Serde<String> {
        Serde(
            encode: { value, writer in
                if !reads, value == text { throw Refused() }
                try Serde<String>.string.encode(value, &writer)
            },
            decode: { bytes in
                if reads, bytes.string == text { throw Refused() }
                return try Serde<String>.string.decode(bytes)
            })
    }

    static func topology(
        source: BadRecordPolicy? = nil, step: BadRecordPolicy? = nil, sink: BadRecordPolicy? = nil
    ) throws -> Topology {
        let builder = StreamsBuilder()
        let input = builder.stream(
            "in", Consumed(key: .string, value: serde(refusing: "?", reads: true), onBadRecord: source, name: "source"))
        var mapped = input.mapValues(named: "step") { value in
            if value == "step" { throw Refused() }
            return value
        }
        if let step { mapped = mapped.onBadRecord(step) }
        mapped.to("out", Produced(value: serde(refusing: "sink", reads: false), onBadRecord: sink, name: "sink"))
        return try builder.build()
    }

    /// A good record, the bad one at offset 1, and a good one.
    static func input(_ fault: Fault) throws -> RecordBatch {
        try batch([("a", "first", 1), ("b", fault.rawValue, 2), ("c", "last", 3)])
    }

    static let passed = ["out:a=first@1", "out:c=last@3"]

    // MARK: - Each kind and each answer

    @Test(arguments: Fault.allCases)
    func `a kind that is to fail does so, whatever the others do, by record and step`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(Self.topology(), collector, onBadRecord: .skip, onFailure: [fault.kind: .fail])
        task.feed("in", try Self.input(fault))
        let error = #expect(throws: StreamsError.self) { try task.process() }
        #expect(error?.message.contains("in-0 offset 1") == true && error?.underlying is Refused)
        if fault != .source { #expect(error?.message.contains("in the step \(fault.rawValue)") == true) }
        #expect(task.inputs[0].position == 1 && collector.texts == ["out:a=first@1"])
    }

    @Test(arguments: Fault.allCases)
    func `a kind that is to be skipped is, whatever the others do`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(Self.topology(), collector, onFailure: [fault.kind: .skip])
        task.feed("in", try Self.input(fault))
        _ = try task.process()
        #expect(collector.texts == Self.passed && task.badRecords == 1 && task.inputs[0].position == 3)
    }

    @Test(arguments: Fault.allCases)
    func `a kind that has a dead-letter topic goes there with all headers, byte by byte`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        let task = try StreamTask.make(
            Self.topology(), collector, onFailure: [fault.kind: .deadLetter(topic: "dead")])
        let own = RecordHeader(key: "trace", value: Bytes(utf8: "42"))
        task.feed("in", try batch(at: 7, [("b", fault.rawValue, 2)], headers: [own]))
        _ = try task.process()
        let letter = try #require(collector.written.first)
        #expect(collector.texts == ["dead:b=\(fault.rawValue)@2"])
        let type = "MillraceTests.FailurePolicyTests.Refused"
        let place = (fault == .source ? "" : "\n\tin the step \(fault.rawValue)") + "\n\tat the record in-0 offset 7"
        let expected = [
            ("trace", "42"), ("__streams.errors.exception", type), ("__streams.errors.message", "Refused()"),
            ("__streams.errors.stacktrace", "\(type): Refused()\(place)"), ("__streams.errors.topic", "in"),
            ("__streams.errors.partition", "0"), ("__streams.errors.offset", "7"),
        ]
        #expect(letter.headers.map(\.key) == expected.map(\.0))
        #expect(letter.headers.map { $0.value?.string } == expected.map(\.1))
    }

    @Test(arguments: Fault.allCases)
    func `a kind that is to be tried again is, so many times, and then goes by the other policy`(_ fault: Fault) throws {
        let collector = MemoryCollector()
        var now: Int64 = 0
        let policy = BadRecordPolicy.retry(
            times: 3, pause: .milliseconds(100), longestPause: .milliseconds(250), then: .deadLetter(topic: "dead"))
        let task = try StreamTask.make(Self.topology(), collector, onFailure: [fault.kind: policy], now: { now })
        task.feed("in", try Self.input(fault))
        _ = try task.process()
        var times: [Int64] = []
        while let retry = task.retry {
            #expect(retry.reason is Refused && retry.what.contains("in-0 offset 1"))
            #expect(retry.what.contains("failed \(times.count + 1) times"))
            #expect(collector.texts == ["out:a=first@1"] && task.inputs[0].position == 1)
            times.append(retry.due - now)
            now = retry.due - 1
            #expect(try task.process() == 0)
            now = retry.due
            _ = try task.process()
        }
        #expect(times == [100, 200, 250])
        #expect(collector.texts == ["out:a=first@1", "dead:b=\(fault.rawValue)@2", "out:c=last@3"])
        #expect(task.badRecords == 1 && task.inputs[0].position == 3)
    }

    @Test(arguments: Fault.allCases)
    func `a closure sees the failure and decides`(_ fault: Fault) throws {
        let (asked, collector) = (Asked(), MemoryCollector())
        let policy = BadRecordPolicy.decide(deadLetterTopics: ["dead"]) { failure in
            asked.note(failure)
            return failure.attempt < 3 ? .retry(after: .zero) : .deadLetter(topic: "dead")
        }
        let task = try StreamTask.make(Self.topology(), collector, onBadRecord: policy)
        task.feed("in", try Self.input(fault))
        _ = try task.process()
        #expect(collector.texts == ["out:a=first@1", "dead:b=\(fault.rawValue)@2", "out:c=last@3"])
        #expect(asked.failures.map(\.attempt) == [1, 2, 3])
        for failure in asked.failures {
            #expect(failure.kind == fault.kind && failure.error is Refused && failure.canRetry)
            #expect(failure.step == (fault == .source ? "source" : fault.rawValue))
            #expect(failure.record == RecordMetadata(topic: "in", partition: 0, offset: 1))
            #expect(failure.task == TaskID(subTopology: 0, partition: 0))
        }
    }

    @Test func `a closure that names a topic which it has not named before fails the task`() throws {
        let task = try StreamTask.make(
            Self.topology(), MemoryCollector(), onBadRecord: .decide { _ in .deadLetter(topic: "elsewhere") })
        task.feed("in", try Self.input(.step))
        let error = #expect(throws: StreamsError.self) { try task.process() }
        #expect(error?.code == .configuration && error?.message.contains("elsewhere") == true)
    }

    // MARK: - The nearest

    @Test(arguments: Fault.allCases)
    func `the policy of source, step and sink goes before that of the kind`(_ fault: Fault) throws {
        let topology = try Self.topology(
            source: fault == .source ? .skip : nil, step: fault == .step ? .skip : nil, sink: fault == .sink ? .skip : nil)
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology, collector, onBadRecord: .fail, onFailure: [fault.kind: .fail])
        task.feed("in", try Self.input(fault))
        _ = try task.process()
        #expect(collector.texts == Self.passed && task.badRecords == 1)
        for other in Fault.allCases where other != fault {
            let task = try StreamTask.make(topology, MemoryCollector())
            task.feed("in", try Self.input(other))
            #expect(throws: StreamsError.self) { try task.process() }
        }
    }

    @Test func `a step of a topology that is put together node by node has a policy, too`() throws {
        var topology = try Self.topology()
        try topology.setBadRecordPolicy(.skip, of: "step")
        #expect(throws: StreamsError.self) { try topology.setBadRecordPolicy(.skip, of: "no step") }
        #expect(throws: StreamsError.self) { try topology.setBadRecordPolicy(.deadLetter(topic: "a b"), of: "step") }
        let collector = MemoryCollector()
        let task = try StreamTask.make(topology, collector)
        task.feed("in", try Self.input(.step))
        _ = try task.process()
        #expect(collector.texts == Self.passed)
    }

    @Test(arguments: [false, true])
    func `the policy of a join counts for both of its sides`(_ fromOther: Bool) throws {
        let builder = StreamsBuilder()
        let left: KStream<String, String> = builder.stream("left")
        let right: KStream<String, String> = builder.stream("right")
        left.join(right, within: .difference(.seconds(1))) { _, _, _ -> String? in throw Refused() }.onBadRecord(.skip).to("out")
        let task = try StreamTask.make(builder.build(), MemoryCollector())
        task.feed(fromOther ? "left" : "right", try batch([("a", "x", 1)]))
        task.feed(fromOther ? "right" : "left", try batch([("a", "y", 2)]))
        _ = try task.process()
        #expect(task.badRecords == 1)
    }

    @Test func `a policy that makes no sense is a fault of the topology, by step`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues(named: "step") { $0 }.onBadRecord(.retry(times: 0, then: .skip)).to("out")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("step step: a record is tried again at least once") == true)
    }

    @Test func `policies that make no sense are refused`() throws {
        func code(_ policy: BadRecordPolicy) -> StreamsError.Code? {
            do {
                try FailurePolicies(Self.topology(), all: .fail, byKind: [.processing: policy], droppedRecords: .count)
                    .validate()
                return nil
            } catch {
                return (error as? StreamsError)?.code
            }
        }
        #expect(code(.retry(times: 0, then: .skip)) == .configuration)
        #expect(code(.retry(times: 1, pause: .seconds(-1), then: .skip)) == .configuration)
        #expect(code(.retry(times: 1, then: .deadLetter(topic: ""))) == .configuration)
        #expect(code(.decide(deadLetterTopics: ["a b"]) { _ in .skip }) == .configuration)
        #expect(code(.retry(times: .max, then: .skip)) == nil)
    }

    // MARK: - Schedules

    /// A schedule of ten milliseconds of stream time that throws as long as `fails` says.
    static func scheduled(_ fails: @escaping @Sendable () -> Bool) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(named: "ticking") { Ticking(fails: fails) }.to("out")
        return try builder.build()
    }

    struct Ticking: Processor {
        let fails: @Sendable () -> Bool

        mutating func start(_ context: ProcessorContext<String, String>) throws {
            try context.schedule(every: .milliseconds(10), by: .streamTime) { [fails] now in
                if fails() { throw Refused() }
                try context.forward(Record(key: "tick", value: "\(now)", timestamp: now))
            }
        }

        mutating func process(
            _ record: Record<String, String>, _ context: ProcessorContext<String, String>
        ) throws {}
    }

    @Test func `a schedule that throws fails, is left out, or is called again with the time that it was due`() throws {
        let records = [("a", "x", Int64(5)), ("a", "y", 15)].map { (key: Optional($0.0), value: Optional($0.1), time: $0.2) }
        let failing = try StreamTask.make(Self.scheduled { true }, MemoryCollector(), onFailure: [.processing: .skip])
        failing.feed("in", try batch(records))
        try failing.start()
        let error = #expect(throws: StreamsError.self) { try failing.process() }
        #expect(error?.message.contains("a schedule of the processor ticking of task 0_0 failed") == true)

        let skipping = try StreamTask.make(Self.scheduled { true }, MemoryCollector(), onFailure: [.punctuation: .skip])
        skipping.feed("in", try batch(records))
        try skipping.start()
        _ = try skipping.process()
        #expect(skipping.badRecords == 2 && skipping.inputs[0].position == 2)

        let calls = Mutex(0)
        let collector = MemoryCollector()
        var now: Int64 = 0
        let topology = try Self.scheduled {
            calls.withLock {
                $0 += 1
                return $0 == 1
            }
        }
        let retrying = try StreamTask.make(
            topology, collector, onFailure: [.punctuation: .retry(times: 2, then: .fail)], now: { now })
        retrying.feed("in", try batch(records))
        try retrying.start()
        _ = try retrying.process()
        #expect(retrying.retry != nil && retrying.inputs[0].position == 1 && collector.written.isEmpty)
        now = 100
        _ = try retrying.process()
        #expect(retrying.retry == nil && collector.texts == ["out:tick=5@5", "out:tick=15@15"])
        #expect(retrying.badRecords == 0)
    }
}

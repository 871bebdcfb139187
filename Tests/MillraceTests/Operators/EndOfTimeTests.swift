import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// What operators give at the last time there is, where sums of times go beyond it.
@Suite struct EndOfTimeTests {
    typealias Stream = KStream<String, String>

    func output(
        _ times: [Int64], key: Serde<Windowed<String>>, _ build: (Stream) -> KTable<Windowed<String>, Int64>
    ) throws -> [String] {
        let builder = StreamsBuilder()
        build(builder.stream("in")).toStream().to("out", key: key)
        let driver = try TopologyTestDriver(builder.build())
        for time in times { try driver.pipe("in", "a", "x", at: time) }
        return try driver.texts("out", key, .int64)
    }

    let end = Int64.max

    @Test func `sliding windows end at the last time, none starts after it`() throws {
        let found = try output([.max, .max], key: .timeWindowed(.string, size: 10)) {
            $0.groupByKey().windowedBy(SlidingWindows(differenceMs: 10, graceMs: 0)).count()
        }
        #expect(found == ["a@\(end - 10)/\(end)=1@\(end)", "a@\(end - 10)/\(end)=2@\(end)"])
        // A window that starts less than its length before the end is another than the one that ends there.
        let near = try output([end - 6, end - 1, end], key: .timeWindowed(.string, size: 10)) {
            $0.groupByKey().windowedBy(SlidingWindows(differenceMs: 10, graceMs: 0)).count()
        }
        #expect(
            near == [
                "a@\(end - 16)/\(end - 6)=1@\(end - 6)", "a@\(end - 5)/\(end)=1@\(end - 1)",
                "a@\(end - 11)/\(end - 1)=2@\(end - 1)", "a@\(end - 5)/\(end)=2@\(end)", "a@\(end)/\(end)=1@\(end)",
                "a@\(end - 10)/\(end)=3@\(end)",
            ])
    }

    @Test func `a window that would end after the last time takes records and never closes`() throws {
        let start = end - end % 10
        let counts = ["a@\(start)/\(end)=1@\(end)", "a@\(start)/\(end)=2@\(end)"]
        let windows = TimeWindows(sizeMs: 10, advanceMs: 10, graceMs: 0)
        #expect(
            try output([.max, .max], key: .timeWindowed(.string, size: 10)) {
                $0.groupByKey().windowedBy(windows).count()
            } == counts)
        let final = try output([5, .max, .max], key: .timeWindowed(.string, size: 10)) {
            $0.groupByKey().windowedBy(windows).count().suppress(.untilWindowCloses())
        }
        #expect(final == ["a@0/10=1@5"])
        let closed = try output([5, .max, .max], key: .timeWindowed(.string, size: 10)) {
            $0.groupByKey().windowedBy(windows).emitStrategy(.onWindowClose)
                .count(Materialized(retention: .milliseconds(end)))
        }
        #expect(closed == ["a@0/10=1@5"])
    }

    @Test func `sessions with an endless grace are neither late nor closed`() throws {
        let found = try output([5, .max, 7], key: .sessionWindowed(.string)) {
            $0.groupByKey().windowedBy(SessionWindows(gapMs: 5000, graceMs: .max)).emitStrategy(.onWindowClose).count()
        }
        #expect(found == [])
        let updates = try output([5, .max, 7], key: .sessionWindowed(.string)) {
            $0.groupByKey().windowedBy(SessionWindows(gapMs: 5000, graceMs: .max)).count()
        }
        #expect(updates == ["a@5/5=1@5", "a@\(end)/\(end)=1@\(end)", "a@5/5=null@5", "a@5/7=2@7"])
    }

    @Test func `joins match what is within the window and nothing beyond the last time`() throws {
        func matches(_ windows: JoinWindows) throws -> [String] {
            let builder = StreamsBuilder()
            let left: Stream = builder.stream("left")
            left.join(builder.stream("right") as Stream, within: windows) { $1 + $2 }.to("out")
            let driver = try TopologyTestDriver(builder.build())
            try driver.pipe("left", "a", "l", at: .max)
            try driver.pipe("right", "a", "r", at: .max)
            return try driver.texts("out", .string, .string)
        }
        #expect(try matches(JoinWindows(beforeMs: .max, afterMs: .max, graceMs: .max)) == ["a=lr@\(end)"])
        #expect(try matches(JoinWindows(beforeMs: 0, afterMs: 10, graceMs: 0)) == ["a=lr@\(end)"])
        // From 5 after the left record on.
        #expect(try matches(JoinWindows(beforeMs: -5, afterMs: 10, graceMs: 0)) == [])
    }

    @Test func `a schedule whose next time lies beyond the last one is over`() throws {
        let notes = Notes()
        let builder = StreamsBuilder()
        (builder.stream("in") as Stream).process {
            ClosureProcessor(onStart: { context in
                try context.schedule(every: .seconds(10), by: .streamTime) { notes.add("stream \($0)") }
                try context.schedule(every: .seconds(Int64.max), by: .wallClock) { notes.add("wall \($0)") }
            })
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        for time in [5, .max, .max, .max] as [Int64] { try driver.pipe("in", "a", "x", at: time) }
        try driver.advanceWallClock(by: .seconds(Int64.max))
        try driver.advanceWallClock(by: .seconds(Int64.max))
        #expect(driver.wallClock == end)
        #expect(notes.all == ["stream 5", "stream \(end)"])
    }

    @Test func `durations beyond the range are the longest there is`() {
        #expect(TimeWindows.tumbling(.seconds(Int64.max)).sizeMs == end)
        #expect(SessionWindows.gap(.seconds(Int64.min)).gapMs == .min)
        #expect(JoinWindows.between(before: .minutes(UInt64.max), after: .days(Int64.max)).beforeMs == end)
        #expect(SlidingWindows.difference(.hours(-Int64.max)).differenceMs == .min)
    }

    @Test func `windows of which a record would be in too many are refused`() {
        let builder = StreamsBuilder()
        (builder.stream("in") as Stream).groupByKey()
            .windowedBy(TimeWindows(sizeMs: .max, advanceMs: 1, graceMs: 0)).count(named: "views").to("out")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("step views: each record would be in \(end) windows") == true)
    }

    @Test func `a record with a negative timestamp is not sent on`() throws {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        stream.process(named: "early") {
            ClosureProcessor(onRecord: { record, context in
                try context.forward(Record(key: record.key, value: record.value, timestamp: -5))
            })
        }.to("out")
        stream.mapRecords(named: "changed") { record in
            var record = record
            record.timestamp = .min
            return record
        }.to("out-changed")
        for policy in [BadRecordPolicy.fail, .skip] {
            let driver = try TopologyTestDriver(builder.build(), onBadRecord: policy)
            if case .fail = policy {
                let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "a", "x", at: 1) }
                #expect(error.map { "\($0)".contains("early sends a record with the negative timestamp -5") } == true)
            } else {
                try driver.pipe("in", "a", "x", at: 1)
                #expect(driver.badRecords == 1)
            }
        }
    }
}

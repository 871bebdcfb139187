import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// Times, sizes and limits at the ends of their range and of those of their neighbours: whatever a user or a record says,
/// nothing traps, hangs or goes on for ever, results have times that there are, and a restart changes none of them.
@Suite(.timeLimit(.minutes(5))) struct BoundaryTimeTests {
    @Test(arguments: BoundaryCase.Operator.allCases, 0..<60 as Range<UInt64>)
    func `an operator takes all times`(_ kind: BoundaryCase.Operator, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed &* 1000 &+ UInt64(kind.rawValue))
        let made = BoundaryCase(kind, &random)
        let topology: Topology
        do { topology = try made.topology() } catch let error as StreamsError {
            // A setting that makes no sense is told when the topology is built, with the step.
            #expect(error.code == .invalidTopology, "\(error)")
            return
        }
        let plain = try made.run(topology, restarts: false)
        for record in plain {
            #expect(record.timestamp >= 0, "\(made) \(record)")
            if let bounds = record.key?.split(separator: "/").compactMap({ Int64($0) }), bounds.count == 2 {
                #expect(0 <= bounds[0] && bounds[0] <= bounds[1], "\(made) \(record)")
            }
        }
        #expect(try made.run(topology, restarts: true) == plain, "\(made)")
    }

    @Test func `most of the settings can be built`() throws {
        for kind in BoundaryCase.Operator.allCases {
            let built = (0..<60 as Range<UInt64>).count { seed in
                var random = SeededRandom(seed: seed &* 1000 &+ UInt64(kind.rawValue))
                return (try? BoundaryCase(kind, &random).topology()) != nil
            }
            #expect(built > 10, "\(kind)")
        }
    }
}

/// An operator with settings, and what is piped into it.
struct BoundaryCase: CustomStringConvertible {
    enum Operator: Int, CaseIterable {
        case tumbling, hopping, sliding, session, unlimited, cogroup, join, leftJoin, outerJoin, selfJoin
        case tableJoin, versioned, suppress, schedules, stores, plain
    }

    static let times: [Int64] = [
        .min, .min + 1, -1, 0, 1, 2, 9, 10, 11, Int64(Int32.max) - 1, Int64(Int32.max), Int64(Int32.max) + 1,
        Int64(UInt32.max), 1_700_000_000_000, .max / 2, .max - 11, .max - 10, .max - 9, .max - 1, .max,
    ]
    /// More often ones that make sense.
    static let sizes = times.filter { $0 > -2 } + [.min, 1, 2, 5, 10, 10, 12, 25, 1000, 1000, 90_000, .max, .max - 1]
    static let graces = times + [0, 0, 0, 1, 5, .max]

    let kind: Operator
    let sizes: [Int64]
    let graceMs: Int64
    let retentionMs: Int64?
    let isOnClose: Bool
    let isSuppressed: Bool
    let cacheBytes: Int
    let records: [(topic: String, key: String, value: String, time: Int64)]

    var description: String {
        "\(kind) \(sizes) grace \(graceMs) retention \(retentionMs ?? -1) on close \(isOnClose) suppressed \(isSuppressed) "
            + "cache \(cacheBytes) \(records.map { "\($0.topic) \($0.key) \($0.value) \($0.time)" })"
    }

    init(_ kind: Operator, _ random: inout SeededRandom) {
        func pick(_ values: [Int64]) -> Int64 { values.randomElement(using: &random) ?? 0 }
        self.kind = kind
        let picked = [pick(Self.sizes), pick(Self.sizes)]
        // An advance is mostly within the size, and not too small.
        let advances = [picked[1], picked[0] / 3, max(.min + 1, picked[0]) - 1]
        sizes = kind == .hopping ? [picked[0], advances.randomElement(using: &random) ?? 1] : picked
        graceMs = pick(kind == .tableJoin ? Self.graces.filter { $0 <= picked[0] } : Self.graces)
        retentionMs = [nil, .max, pick(Self.sizes)].randomElement(using: &random) ?? nil
        isOnClose = Int.random(in: 0..<3, using: &random) == 0
        isSuppressed = Int.random(in: 0..<3, using: &random) == 0
        cacheBytes = Bool.random(using: &random) ? 0 : 1_000_000
        let around = pick(Self.times.filter { $0 >= 0 })
        records = (0..<25).map { _ in
            // Around one time, so that windows are met again, or anywhere.
            let offset = Int64.random(in: -20...20, using: &random)
            let near = around > .max - 20 ? around - abs(offset) : max(0, around + offset)
            let time = Bool.random(using: &random) ? near : pick(Self.times)
            return (
                Bool.random(using: &random) ? "in" : "other", Bool.random(using: &random) ? "a" : "b",
                "\(pick(Self.times))", time
            )
        }
    }

    /// What comes out, in order, or that a record was set aside.
    func run(_ topology: Topology, restarts: Bool) throws -> [TestRecord<String, String>] {
        let driver = try TopologyTestDriver(topology, cacheBytes: cacheBytes, onBadRecord: .skip)
        for record in records {
            if restarts { try driver.restart() }
            try driver.pipe(record.topic, record.key, record.value, at: record.time)
            if kind == .schedules { try driver.advanceWallClock(by: .milliseconds(record.time)) }
        }
        return try driver.outputTopic("out", key: .string, value: .string).readAll()
    }

    func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let other: KStream<String, String> = builder.stream("other")
        let rows = Materialized<String, String>(as: "rows", retention: retentionMs.map { .milliseconds($0) })
        switch kind {
        case .tumbling: windowed(stream, TimeWindows(sizeMs: sizes[0], advanceMs: sizes[0], graceMs: graceMs), rows)
        case .hopping: windowed(stream, TimeWindows(sizeMs: sizes[0], advanceMs: sizes[1], graceMs: graceMs), rows)
        case .sliding:
            let windows = SlidingWindows(differenceMs: sizes[0], graceMs: graceMs)
            finish(
                stream.groupByKey().windowedBy(windows).emitStrategy(isOnClose ? .onWindowClose : .onWindowUpdate)
                    .aggregateNullable("", rows) { $2 + ($1 ?? "") })
        case .session:
            let windows = SessionWindows(gapMs: sizes[0], graceMs: graceMs)
            finish(
                stream.groupByKey().windowedBy(windows).emitStrategy(isOnClose ? .onWindowClose : .onWindowUpdate)
                    .aggregateNullable("", rows) {
                        ($2 ?? "") + ($1 ?? "")
                    } merge: {
                        ($1 ?? "") + ($2 ?? "")
                    })
        case .unlimited:
            finish(
                stream.groupByKey().windowedBy(UnlimitedWindows(startMs: sizes[0])).aggregate("", rows) { $2 + $1 })
        case .cogroup:
            finish(
                stream.groupByKey().cogroup { (_, value, sum: String) in sum + value }
                    .cogroup(other.groupByKey()) { _, value, sum in sum + value }
                    .windowedBy(TimeWindows(sizeMs: sizes[0], advanceMs: sizes[0], graceMs: graceMs)).aggregate("", rows))
        case .join: stream.join(other, within: joinWindows) { $1 + "+" + $2 }.to("out")
        case .leftJoin: stream.leftJoin(other, within: joinWindows) { $1 + "+" + ($2 ?? "") }.to("out")
        case .outerJoin: stream.outerJoin(other, within: joinWindows) { ($1 ?? "") + "+" + ($2 ?? "") }.to("out")
        case .selfJoin: stream.join(stream, within: joinWindows) { $1 + "+" + $2 }.to("out")
        case .tableJoin, .versioned:
            let versions = Materialized<String, String>.versioned("rows", historyRetention: .milliseconds(sizes[0]))
            let table = other.toTable(versions)
            if kind == .versioned {
                table.filter { $1.count > 2 }.toStream().to("out")
            } else {
                stream.leftJoin(table, Joined(grace: .milliseconds(graceMs))) { $1 + "+" + ($2 ?? "") }.to("out")
            }
        case .suppress:
            stream.toTable(rows).suppress(
                .untilTimeLimit(
                    .milliseconds(graceMs), SuppressionBuffer(maxRecords: isOnClose ? 1 : nil, whenFull: .emitEarly))
            ).toStream().to("out")
        case .schedules:
            let every = sizes.map { Duration.milliseconds($0) }
            stream.process(named: "schedules") {
                ClosureProcessor(onStart: { context in
                    for (interval, time) in zip(every, [PunctuationTime.streamTime, .wallClock]) where interval > .zero {
                        try context.schedule(every: interval, by: time) { now in
                            try context.forward(Record(key: "\(time)", value: "\(now)", timestamp: now))
                        }
                    }
                })
            }.to("out")
        case .stores: addStores(builder, stream)
        case .plain:
            let timed: KStream<String, String> = builder.stream(
                "timed", Consumed(timestamp: TimestampExtractor { record, _ in record.value.flatMap { Int64($0) } ?? -1 }))
            timed.groupByKey().count().toStream().mapValues { $0.map { "\($0)" } }.to("out")
            stream.mapRecords { record in
                var changed = record
                changed.timestamp = record.value.flatMap { Int64($0) } ?? 0
                return changed
            }.to("timed")
        }
        return try builder.build(.singleStoreSelfJoin)
    }

    var joinWindows: JoinWindows { JoinWindows(beforeMs: sizes[0], afterMs: sizes[1], graceMs: graceMs) }

    func windowed(_ stream: KStream<String, String>, _ windows: TimeWindows, _ rows: Materialized<String, String>) {
        finish(
            stream.groupByKey().windowedBy(windows).emitStrategy(isOnClose ? .onWindowClose : .onWindowUpdate)
                .aggregate("", rows) { $2 + $1 })
    }

    func finish(_ table: KTable<Windowed<String>, String>) {
        let table = isSuppressed && !isOnClose ? table.suppress(.untilWindowCloses()) : table
        table.toStream { key, _ in key.map { "\($0.window.start)/\($0.window.end)" } }.to("out")
    }

    /// A processor that puts and looks up at all times that records name.
    func addStores(_ builder: StreamsBuilder, _ stream: KStream<String, String>) {
        let size = Duration.milliseconds(sizes[0])
        let retention = Duration.milliseconds(retentionMs ?? sizes[1])
        stream.process(
            stores: [
                .window("windows", size: size, retention: retention, key: .string, value: .string),
                .session("sessions", retention: retention, key: .string, value: .string),
                .versioned("versions", historyRetention: retention, key: .string, value: .string),
            ]
        ) {
            ClosureProcessor(onRecord: { record, context in
                let windows: StateWindows<String, String> = try context.windowStore("windows")
                let sessions: StateSessions<String, String> = try context.sessionStore("sessions")
                let versions: StateVersions<String, String> = try context.versionedStore("versions")
                guard let key = record.key, let value = record.value, let time = Int64(value) else { return }
                let found = [
                    "\(windows.fetch(key, from: time, to: record.timestamp).map(\.start))",
                    "\(sessions.findSessions(key, earliestEnd: time, latestStart: record.timestamp).map(\.key.window))",
                    "\(versions.get(key, asOf: time)?.timestamp ?? -1)",
                ]
                try context.forward(record.with(value: found.joined(separator: ", ")))
                try windows.put(key, value, start: time, timestamp: record.timestamp)
                try sessions.put(Windowed(key, Window(start: min(time, record.timestamp), end: time)), value)
                try versions.put(key, value, timestamp: time)
            })
        }.to("out")
    }
}

import KafkaProtocol
import Millrace
import Testing

@testable import clickstream_demo

@Suite struct ResultsViewTests {
    private static let minute: Int64 = 60_000
    private var view = ResultsView(horizon: .seconds(600))

    private func views(_ page: String, minute: Int64, _ count: Int64) throws -> RecordView {
        let key: Serde<Windowed<Bytes>> = .timeWindowed(.bytes, size: Self.minute)
        let start = minute * Self.minute
        return try record(
            key.bytes(of: Windowed(Bytes(utf8: page), Window(start: start, end: start + Self.minute))),
            Serde.int64.bytes(of: count))
    }

    private func session(_ user: String, _ start: Int64, _ end: Int64, _ count: Int64?) throws -> RecordView {
        let key: Serde<Windowed<Bytes>> = .sessionWindowed(.bytes)
        return try record(
            key.bytes(of: Windowed(Bytes(utf8: user), Window(start: start, end: end))),
            count.map { try Serde.int64.bytes(of: $0) })
    }

    private func record(_ key: Bytes?, _ value: Bytes?, headers: [RecordHeader] = []) -> RecordView {
        RecordView(offset: 0, timestamp: 0, key: key, value: value, headers: headers)
    }

    @Test mutating func `a later count of a page replaces the earlier one`() throws {
        try view.apply(views("/a", minute: 1, 3), of: .pageViews)
        try view.apply(views("/a", minute: 1, 5), of: .pageViews)
        try view.apply(views("/b", minute: 1, 5), of: .pageViews)
        #expect(view.views == 10)
        #expect(view.windows == 2)
        #expect(view.busiestPages(1) == [PageCount(page: Bytes(utf8: "/a"), views: 5)])
    }

    @Test mutating func `the busiest pages are those of the latest minute`() throws {
        try view.apply(views("/old", minute: 1, 100), of: .pageViews)
        try view.apply(views("/new", minute: 2, 1), of: .pageViews)
        try view.apply(views("/old", minute: 1, 101), of: .pageViews)
        #expect(view.busiestPages(10).map(\.page.string) == ["/new"])
        #expect(view.views == 102)
    }

    @Test mutating func `minutes beyond the horizon are counted and forgotten`() throws {
        try view.apply(views("/a", minute: 1, 7), of: .pageViews)
        try view.apply(views("/a", minute: 100, 1), of: .pageViews)
        #expect(view.views == 8)
        #expect(view.windows == 2)
    }

    @Test mutating func `a session that becomes part of another counts once`() throws {
        try view.apply(session("ann", 0, 1000, 2), of: .userSessions)
        try view.apply(session("bob", 0, 0, 1), of: .userSessions)
        try view.apply(session("ann", 0, 1000, nil), of: .userSessions)
        try view.apply(session("ann", 0, 5000, 3), of: .userSessions)
        #expect(view.sessions.total == 2)
        #expect(view.sessions.active == 2)
    }

    @Test mutating func `sessions without a click for half an hour are not active`() throws {
        try view.apply(session("ann", 0, 0, 1), of: .userSessions)
        try view.apply(session("bob", 0, SessionTally.gap + 60_000, 1), of: .userSessions)
        #expect(view.sessions.active == 1)
        #expect(view.sessions.total == 2)
        try view.apply(session("cid", 0, 10 * SessionTally.gap, 1), of: .userSessions)
        #expect(view.sessions.active == 1)
        #expect(view.sessions.total == 3)
    }

    @Test mutating func `a malformed line counts and says why`() throws {
        let why = RecordHeader(key: "error", value: Bytes(utf8: "no size"))
        try view.apply(record(nil, Bytes(utf8: "x"), headers: [why]), of: .malformed)
        #expect(view.malformed == 1)
        #expect(view.lastFault == "no size")
        #expect(view.lines == 1)
    }

    @Test(arguments: OutputTopic.allCases.filter { $0 != .malformed })
    mutating func `a record of another form is an error`(_ topic: OutputTopic) {
        #expect(throws: (any Error).self) { try view.apply(record(Bytes(utf8: "?"), Bytes(utf8: "?")), of: topic) }
        #expect(throws: (any Error).self) { try view.apply(record(nil, nil), of: topic) }
    }
}

@Suite struct MeterTests {
    private let start = ContinuousClock.now

    @Test func `a rate is that of the last seconds`() {
        var meter = RateMeter(over: .seconds(2))
        #expect(meter.rate(0, at: start) == 0)
        #expect(meter.rate(100, at: start + .seconds(1)) == 100)
        for second in 2...10 { _ = meter.rate(100, at: start + .seconds(second)) }
        #expect(meter.rate(100, at: start + .seconds(11)) == 0)
    }

    @Test func `latency is the age of the oldest input that the results newly cover`() {
        var meter = LatencyMeter()
        meter.noteSent(10, at: start)
        meter.noteSent(20, at: start + .seconds(1))
        meter.noteSent(30, at: start + .seconds(2))
        meter.noteSeen(9, at: start + .seconds(2))
        #expect(meter.latency == nil)
        meter.noteSeen(25, at: start + .seconds(3))
        #expect(meter.latency == .seconds(3))
        meter.noteSeen(25, at: start + .seconds(9))
        #expect(meter.latency == .seconds(3))
        meter.noteSeen(30, at: start + .seconds(9))
        #expect(meter.latency == .seconds(7))
    }
}

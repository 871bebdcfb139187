import Millrace
import MillraceTesting
import Testing

/// How to test a topology: with a driver for each test, as in a package of your own. Only public API is used.
///
/// Run it with `swift test --filter ClickCountTests`.
struct ClickCountTests {
    let driver: TopologyTestDriver
    let clicks: TestInputTopic<String, Click>
    let live: TestOutputTopic<Windowed<String>, Int64>
    let final: TestOutputTopic<Windowed<String>, Int64>
    let activity: TestOutputTopic<String, Int64>

    init() throws {
        driver = try TopologyTestDriver(ClickCounts.topology())
        // Clicks come ten seconds apart unless a test says otherwise.
        clicks = try driver.inputTopic("clicks", value: .json(), autoAdvance: .seconds(10))
        let pageAndMinute = Serde<Windowed<String>>.timeWindowed(.string, size: .minutes(1))
        live = try driver.outputTopic("live-clicks", key: pageAndMinute)
        final = try driver.outputTopic("final-clicks", key: pageAndMinute)
        activity = try driver.outputTopic("activity")
    }

    func minute(_ number: Int64, _ page: String) -> Windowed<String> {
        Windowed(page, Window(start: number * 60_000, end: (number + 1) * 60_000))
    }

    @Test func `each click updates the count of its page and minute`() throws {
        try clicks.pipe(["ann": Click(page: "/"), "bob": Click(page: "/"), "ann": Click(page: "/help")])
        #expect(
            try live.readAll() == [
                TestRecord(minute(0, "/"), 1, timestamp: 0),
                TestRecord(minute(0, "/"), 2, timestamp: 10_000),
                TestRecord(minute(0, "/help"), 1, timestamp: 20_000),
            ])
        #expect(live.isEmpty)
    }

    @Test func `bots are not counted`() throws {
        try clicks.pipe(["eve": Click(page: "/", isBot: true), "ann": Click(page: "/")])
        #expect(try live.readLatestByKey() == [minute(0, "/"): 1])
    }

    @Test func `a late click counts until the grace has passed`() throws {
        try clicks.pipe("ann", Click(page: "/"), timestamp: 5_000)
        try clicks.pipe("bob", Click(page: "/"), timestamp: 89_999)
        try clicks.pipe("late", Click(page: "/"), timestamp: 50_000)
        #expect(try live.readLatestByKey() == [minute(0, "/"): 2, minute(1, "/"): 1])

        // From 90 seconds on the first minute is closed.
        try clicks.pipe("bob", Click(page: "/"), timestamp: 90_000)
        try clicks.pipe("too late", Click(page: "/"), timestamp: 59_999)
        #expect(try live.readLatestByKey() == [minute(1, "/"): 2])
        #expect(driver.droppedRecords == 1)
    }

    @Test func `a minute's count is sent once, when the minute is closed`() throws {
        for second in [0, 10, 70, 89] as [Int64] {
            try clicks.pipe("ann", Click(page: "/"), timestamp: second * 1000)
        }
        #expect(final.isEmpty)
        try clicks.pipe("ann", Click(page: "/help"), timestamp: 90_000)
        #expect(try final.readAll() == [TestRecord(minute(0, "/"), 2, timestamp: 10_000)])
    }

    @Test func `the counts can be looked up`() throws {
        try clicks.pipe(["ann": Click(page: "/"), "bob": Click(page: "/"), "ann": Click(page: "/help")])
        let store = try driver.windowStore("clicks-per-minute", key: String.self, value: Int64.self)
        #expect(store.get("/", start: 0) == 2)
        #expect(store.values == [minute(0, "/"): 2, minute(0, "/help"): 1])
    }

    @Test func `users' clicks are sent each minute of the wall clock`() throws {
        try clicks.pipe(["ann": Click(page: "/"), "bob": Click(page: "/"), "ann": Click(page: "/help")])
        try driver.advanceWallClock(by: .seconds(59))
        #expect(activity.isEmpty)
        try driver.advanceWallClock(by: .seconds(1))
        #expect(
            try activity.readAll() == [
                TestRecord("ann", 2, timestamp: 60_000), TestRecord("bob", 1, timestamp: 60_000),
            ])
    }

    @Test func `users' clicks go on from what the store has`() throws {
        let store = try driver.keyValueStore("activity-store", key: String.self, value: Int64.self)
        try store.put("ann", 41)
        try clicks.pipe("ann", Click(page: "/"))
        #expect(store["ann"] == 42)
    }

    @Test func `a restart changes nothing`() throws {
        try clicks.pipe(["ann": Click(page: "/"), "bob": Click(page: "/")])
        try driver.restart()
        try clicks.pipe("ann", Click(page: "/"))
        #expect(try live.readLatestByKey() == [minute(0, "/"): 3])
        try driver.restart()
        try clicks.pipe("ann", Click(page: "/"), timestamp: 90_000)
        #expect(try final.readKeyValues() == [KeyValue(minute(0, "/"), 3)])
    }

    @Test func `a click that is no JSON fails, with its place named`() throws {
        let error = #expect(throws: StreamsError.self) {
            let texts: TestInputTopic<String, String> = try driver.inputTopic("clicks")
            try texts.pipe("ann", "not JSON")
        }
        #expect(error?.code == .undecodableRecord)
        #expect(error?.message.contains("clicks-0 offset 0") == true)
    }
}

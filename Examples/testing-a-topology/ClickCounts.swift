import Millrace

/// A click on a page, as JSON in the topic `clicks`; the record's key is the user.
struct Click: Codable, Hashable, Sendable {
    var page: String
    var isBot = false
}

/// The topology under test: what a package of yours has in its sources.
enum ClickCounts {
    /// Counts the clicks of people per page and minute. Each click updates `live-clicks`; `final-clicks` gets each
    /// count once, when no click of that minute is taken any more, 30 seconds after its end. And each minute of the
    /// wall clock, `activity` gets how many clicks of each user there were so far.
    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let clicks: KStream<String, Click> = builder.stream("clicks", value: .json())
        let counts =
            clicks
            .filter { _, click in click?.isBot == false }
            .groupBy(Grouped(name: "by-page", value: .json())) { _, click in click?.page }
            .windowedBy(.tumbling(.minutes(1), grace: .seconds(30)))
            .count(.as("clicks-per-minute"))
        counts.toStream().to("live-clicks")
        counts.suppress(.untilWindowCloses(name: "final")).toStream().to("final-clicks")
        clicks.process(stores: [.keyValue("activity-store", key: .string, value: .int64)]) { Activity() }
            .to("activity")
        return try builder.build()
    }
}

/// Counts the clicks of each user, and sends the counts on a schedule by the wall clock.
struct Activity: Processor {
    private var counts: StateTable<String, Int64>?

    mutating func start(_ context: ProcessorContext<String, Int64>) throws {
        let counts: StateTable<String, Int64> = try context.keyValueStore("activity-store")
        self.counts = counts
        try context.schedule(every: .minutes(1), by: .wallClock) { now in
            for row in try counts.all {
                try context.forward(Record(key: row.key, value: row.value, timestamp: now))
            }
        }
    }

    mutating func process(_ record: Record<String, Click>, _ context: ProcessorContext<String, Int64>) throws {
        guard let user = record.key else { return context.drop() }
        try counts?.put(user, (counts?[user] ?? 0) + 1)
    }
}

/// What happens in an application as a line of a log: for `StreamsConfiguration.log`, to hand on to any logger.
public struct StreamsLogEntry: Sendable, Hashable {
    /// How much it matters.
    public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        /// What is of use to look for a fault.
        case debug
        /// What is worth knowing.
        case info
        /// What somebody should look at.
        case warning
        /// What has ended a task or the application.
        case error

        /// By how much they matter.
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How much it matters.
    public let level: Level
    /// What has happened, in words.
    public let message: String
    /// The task that it is about, if it is about one.
    public let task: TaskID?
    /// The details, by names such as `store` and `records`.
    public let fields: [String: String]

    /// An event in words.
    public init(_ event: StreamsEvent) {
        var (level, task, fields) = (Level.debug, TaskID?.none, [String: String]())
        switch event {
        case .state(let state):
            (level, message) = (state == .failed ? .error : .info, "state: \(state)")
            fields = ["state": state.rawValue]
        case .createdTopics(let topics, let configs):
            (level, message) = (.info, "created topics")
            fields = ["topics": topics.joined(separator: ",")].merging(configs) { $1 }
        case .assigned(let tasks):
            (level, message, fields) = (.info, "tasks assigned", ["tasks": Self.list(tasks)])
        case .following(let tasks):
            (level, message, fields) = (.info, "standbys assigned", ["tasks": Self.list(tasks)])
        case .loaded(let id, let store, let records):
            (task, message, fields) = (id, "loaded local state", ["store": store, "records": "\(records)"])
        case .restoring(let id, let store, let records, let all):
            (task, message) = (id, "restoring")
            fields = ["store": store, "records": "\(records)", "of": "\(all)"]
        case .restored(let id, let store, let records):
            (level, task, message) = (.info, id, "restored")
            fields = ["store": store, "records": "\(records)"]
        case .followed(let id, let store, let records, let lag):
            (task, message, fields) = (id, "followed", ["store": store, "records": "\(records)"])
            if let lag { fields["lag"] = "\(lag)" }
        case .unfollowed(let id, let isPromoted):
            (level, task, message) = (.info, id, isPromoted ? "standby begins as a task" : "standby ended")
        case .paused(let subTopologies):
            (level, message) = (.info, subTopologies.isEmpty ? "goes on" : "paused")
            fields = ["subTopologies": subTopologies.map(String.init).joined(separator: ",")]
        case .running(let id): (level, task, message) = (.info, id, "runs")
        case .firstRecord(let id): (task, message) = (id, "first record")
        case .committed(let id, let totals):
            (task, message, fields) = (id, "committed", Self.fields(totals))
        case .closed(let id, let totals):
            (level, task, message, fields) = (.info, id, "closed", Self.fields(totals))
        case .stopped(let id, let error):
            (level, task, message) = (.error, id, "has failed for good and is stopped: \(error)")
        case .waiting(let what, let time):
            (level, message, fields) = (.warning, "waiting: \(what)", ["for": "\(time)"])
        case .waited(let time): (level, message, fields) = (.info, "goes on after waiting", ["for": "\(time)"])
        case .warning(let text, let id): (level, task, message) = (.warning, id, text)
        }
        self.level = level
        self.task = task
        self.fields = fields
    }

    private static func list(_ tasks: [TaskID]) -> String { tasks.map(\.description).joined(separator: ",") }

    private static func fields(_ totals: TaskTotals) -> [String: String] {
        ["processed": "\(totals.processed)", "dropped": "\(totals.dropped.total)", "bad": "\(totals.bad)", "lag": "\(totals.lag)"]
    }
}

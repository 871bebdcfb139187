import MillraceHTTP
import MillraceJSON
import KafkaProtocol

extension StreamsEvent {
    /// The event as it is told over HTTP: a name, and the rest as JSON. Nil for commits, which come many times a second.
    func live(at time: Int64) -> LiveFeed.Event? {
        func event(_ name: String, _ task: TaskID?, _ text: String, _ more: [(String, JSONValue)] = []) -> LiveFeed.Event {
            (name, .object([("time", .integer(time)), ("task", .optional(task.map { "\($0)" })), ("text", .string(text))] + more))
        }
        return switch self {
        case .state(let state): event("state", nil, "now \(state.rawValue)", [("state", .string(state.rawValue))])
        case .createdTopics(let topics, _): event("topics", nil, "created \(topics.joined(separator: ", "))")
        case .assigned(let tasks): event("assigned", nil, "has \(Self.list(tasks))")
        case .following(let tasks): event("following", nil, tasks.isEmpty ? "follows no task" : "follows \(Self.list(tasks))")
        case .loaded(let task, let store, let records): event("loaded", task, "\(store): \(records) rows from the state directory")
        case .restoring(let task, let store, let records, let all):
            event(
                "restoring", task, "\(store): \(records) of about \(max(records, all)) records",
                [("store", .string(store)), ("records", .integer(records)), ("of", .integer(max(records, all)))])
        case .restored(let task, let store, let records): event("restored", task, "\(store): \(records) records")
        case .followed(let task, let store, let records, let lag):
            event(
                "followed", task, "\(store): \(records) records",
                [("store", .string(store)), ("records", .integer(records)), ("lag", .optional(lag.map { "\($0)" }))])
        case .unfollowed(let task, let isPromoted): event("unfollowed", task, isPromoted ? "begins as a task" : "is followed no more")
        case .paused(let subTopologies):
            event(
                "paused", nil,
                subTopologies.isEmpty ? "goes on" : "paused: sub-topology \(subTopologies.map(String.init).joined(separator: ", "))")
        case .running(let task): event("running", task, "processes")
        case .firstRecord(let task): event("first", task, "has processed its first record")
        case .committed: nil
        case .closed(let task, _): event("closed", task, "has ended")
        case .stopped(let task, let error): event("failed", task, "has failed for good: \(error)")
        case .waiting(let what, let time): event("waiting", nil, "for \(time.milliseconds / 1000) s: \(what)")
        case .waited(let time): event("waited", nil, "goes on after \(time.milliseconds / 1000) s")
        case .warning(let text, let task): event("warning", task, text)
        }
    }

    private static func list(_ tasks: [TaskID]) -> String {
        tasks.isEmpty ? "no task" : "\(tasks.count) tasks: \(tasks.sorted().map { "\($0)" }.joined(separator: ", "))"
    }

    /// Whether it is one of many that say how far something is.
    var isProgress: Bool {
        switch self {
        case .restoring, .followed, .firstRecord, .committed: true
        default: false
        }
    }
}

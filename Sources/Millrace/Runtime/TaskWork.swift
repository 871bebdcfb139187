import KafkaClient
import KafkaProtocol

/// What a runner works with during one life of its task.
struct TaskWork {
    let opened: OpenTask
    let producer: Producer
    let consumer: Consumer
    var purge: PurgeSchedule
    /// How far the changelogs of stores have been written, as far as is known.
    var ends: [String: Int64] = [:]
    /// Of the stores whose changelogs are trimmed, how far they can be.
    var trims: [String: ChangelogTrim] = [:]
    /// The numbers as of the last commit.
    var totals = TaskTotals()

    var core: TaskCore { opened.core }
    var rows: TaskRowLogs? { opened.rows }

    /// Has `body` called with the core on one of the application's threads.
    func turn<Value: Sendable>(_ body: @escaping @Sendable (TaskCore) throws -> Value) async throws -> Value {
        try await opened.turn(body)
    }
}

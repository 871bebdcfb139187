import KafkaClient
import KafkaProtocol

/// What a runner works with during one life of its task.
struct TaskWork {
    let opened: OpenTask
    /// Sends what the task writes at once; nil under exactly-once, where that waits for the commit.
    let producer: Producer?
    let consumer: Consumer
    var purge: PurgeSchedule
    /// What goes into the next transaction, and its size.
    private(set) var held: [PreparedBatch] = []
    private(set) var heldBytes = 0
    /// How far the changelogs of stores have been written, as far as is known.
    var ends: [String: Int64] = [:]
    /// The ids of the topics that the stores were restored from, as far as they are known.
    var topicIDs: [TopicPartition: KafkaUUID] = [:]
    /// Of the stores whose changelogs are trimmed, how far they can be.
    var trims: [String: ChangelogTrim] = [:]
    /// A commit waits until nothing is in asynchronous steps: nothing is taken in meanwhile.
    var isDraining = false
    /// The numbers as of the last commit.
    var totals = TaskTotals()

    var core: TaskCore { opened.core }
    var rows: TaskRowLogs? { opened.rows }

    /// Keeps batches for the next transaction.
    mutating func hold(_ batches: [PreparedBatch]) throws {
        // Here, so that many tasks compress at once.
        for batch in batches { try batch.compress() }
        held += batches
        heldBytes += batches.reduce(0) { $0 + $1.sizeInBytes }
    }

    /// What was kept, which goes into a transaction now.
    mutating func takeHeld() -> [PreparedBatch] {
        defer { (held, heldBytes) = ([], 0) }
        return held
    }

    /// Has `body` called with the core on one of the application's threads.
    func turn<Value: Sendable>(_ body: @escaping @Sendable (TaskCore) throws -> Value) async throws -> Value {
        try await opened.turn(body)
    }
}

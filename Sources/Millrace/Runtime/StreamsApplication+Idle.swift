import KafkaClient
import KafkaProtocol

/// Decides when an application that is to end once all input is processed looks whether that is so.
///
/// Tasks that have run dry go on waiting without a commit while others still work and may send them more. Once all
/// have, all commit; what that brings to light is processed in the same way.
struct IdleWatch {
    enum Verdict {
        case goOn
        /// All tasks are idle: see whether the group has committed everything.
        case check
    }

    private var hasBegun = false
    private var failedChecks = 0

    mutating func look(at runners: [TaskRunner]) -> Verdict {
        if !hasBegun {
            // Tasks that wait for input have not looked whether they are idle.
            hasBegun = true
            for runner in runners { runner.wake.set() }
        }
        let activities = runners.map(\.activity)
        if runners.isEmpty || activities.contains(.busy) {
            failedChecks = 0
            return .goOn
        }
        let drained = zip(runners, activities).filter { $0.1 == .drained }
        for (runner, _) in drained { runner.requestCommit() }
        return drained.isEmpty ? .check : .goOn
    }

    /// Other instances, or records just written, are still under way: after how many milliseconds to check again.
    mutating func nextCheck() -> Int64 {
        failedChecks += 1
        return min(1000, 10 << min(failedChecks, 10))
    }
}

extension StreamsApplication {
    /// Whether the group has committed everything that is in the topology's source topics, but for tasks that have failed for good, here or, as
    /// far as the group's leader has told, on other instances.
    func allInputIsCommitted() async throws -> Bool {
        let admin = AdminClient(client: client)
        var partitions: [TopicPartition] = []
        for topic in Set(blueprint.taskGroups.flatMap { blueprint.sourceTopics(of: $0) }) {
            partitions += try await client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        }
        // What tasks that have failed for good have not done, nobody does.
        let stopped = Set(stoppedTasks.values.flatMap(\.partitions))
        let elsewhere = stoppedElsewhere
        partitions.removeAll { stopped.contains($0) || blueprint.task(reading: $0).map(elsewhere.contains) ?? false }
        // First what is committed, then the ends: what came of it lies before these. In internal topics that is so from
        // the moment that it is written, committed or not.
        let committed = try await admin.committedOffsets(of: configuration.applicationID, partitions)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let internals = blueprint.internalTopics
        for (isolation, group) in [
            (configuration.isolation, partitions.filter { !internals.contains($0.topic) }),
            (IsolationLevel.readUncommitted, partitions.filter { internals.contains($0.topic) }),
        ] {
            let ends = try await admin.listOffsets(
                Dictionary(uniqueKeysWithValues: group.map { ($0, .latest) }), isolation: isolation)
            let isDone = group.allSatisfy { partition in
                let end = ends[partition]?.offset ?? 0
                return end <= starts[partition]?.offset ?? 0 || end <= committed[partition]?.offset ?? 0
            }
            if !isDone { return false }
        }
        return true
    }

    /// The tasks that have failed for good on other instances.
    var stoppedElsewhere: Set<TaskID> { board.assignment.stopped.subtracting(live.runners) }
}

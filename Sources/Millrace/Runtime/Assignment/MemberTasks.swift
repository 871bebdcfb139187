package import KafkaProtocol

/// What a member of an application's group and its leader tell each other of tasks, for whoever looks at the group from outside.
package struct MemberTasks: Sendable, Equatable {
    /// The process that the member is.
    package let process: String
    /// The tasks that it follows, so as to take over at once.
    package let standbys: [TaskID]
    /// The tasks that it follows as they are to move to it.
    package let warmUps: [TaskID]
    /// The tasks that have failed for good here, while the others go on.
    package let stopped: [TaskID]
    /// Why it has no tasks, if it cannot take part.
    package let refusal: String?

    /// Reads the user data of a subscription and of an assignment. Nil if they are not Millrace's.
    package init?(subscription: Bytes?, assignment: Bytes?) {
        guard let subscription, let said = try? TaskSubscription(decoding: subscription) else { return nil }
        let told = TaskAssignment(decoding: assignment)
        process = said.process.string
        stopped = said.stopped.sorted()
        warmUps = told.warmUps.sorted()
        standbys = told.standbys.subtracting(told.warmUps).sorted()
        refusal =
            switch told.refusal {
            case nil: nil
            case .format: "its version is not known to the group's leader"
            case .topology: "it runs another topology than the group"
            }
    }
}

extension TaskBlueprint {
    /// The task that reads a partition; nil if none does.
    package func task(reading partition: TopicPartition) -> TaskID? {
        taskGroups.first { sourceTopics(of: $0).contains { Name($0) == partition.topicName } }
            .map { TaskID(subTopology: $0, partition: partition.partition) }
    }
}

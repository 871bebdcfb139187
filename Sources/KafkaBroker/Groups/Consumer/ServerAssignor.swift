internal import KafkaProtocol

/// What an assignor has to share out.
struct AssignmentTask: Sendable {
    struct Member: Sendable {
        var id: Name
        var instanceID: Name?
        /// The topics that it reads, of those that there are.
        var topics: Set<KafkaUUID>
        /// What it was to have until now.
        var present: Set<TopicIDPartition>
    }

    var members: [Member] = []
    /// How many partitions each topic has.
    var topics: [KafkaUUID: Int32] = [:]
}

/// The ways in which groups of the consumer protocol share partitions out, by the names that clients ask for them with.
enum ServerAssignor: String, CaseIterable, Sendable {
    /// Everyone gets as many as the others, and keeps what it has if it can.
    case uniform
    /// Everyone gets a row of neighbours of each topic, of topics of one size the same.
    case range

    /// What each member is to have. Every partition that someone reads is someone's.
    func assign(_ task: AssignmentTask) -> [Name: Set<TopicIDPartition>] {
        switch self {
        case .uniform: UniformAssignment(task).assignments
        case .range: rangeAssignment(of: task)
        }
    }
}

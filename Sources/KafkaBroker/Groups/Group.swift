internal import KafkaProtocol

/// A group: its members, by one protocol or the other, and its offsets.
struct Group: Sendable {
    let id: Name
    /// The members of a group of the classic protocol.
    var classic: ClassicGroup
    /// The members of a group of the consumer protocol; nil in one of the classic. While it is there, `classic` is empty.
    var consumer: ConsumerGroup?

    /// When the last member went, milliseconds since 1970; nil while there are members, or if there never were any.
    var emptySince: Int64?
    var offsets: [TopicPartition: CommittedOffset] = [:]
    /// Offsets of open transactions by producer id, oldest first.
    var pendingOffsets: [Int64: [TopicPartition: CommittedOffset]] = [:]

    let settings: Settings

    struct Settings: Sendable {
        var initialRebalanceDelay: Int64 = 0
        var maximumSize = Int.max
        var consumer = ConsumerGroup.Settings()
    }

    init(id: Name, settings: Settings = Settings()) {
        self.id = id
        self.settings = settings
        classic = ClassicGroup(
            initialRebalanceDelay: settings.initialRebalanceDelay, maximumSize: settings.maximumSize)
    }

    /// Kafka's name of the protocol that the members use.
    var typeName: String { consumer == nil ? "classic" : "consumer" }

    /// Kafka's name of what the members are to each other.
    var protocolType: Name { consumer == nil ? classic.protocolType ?? "" : "consumer" }

    /// Kafka's name of the state that the members are in.
    var stateName: String { consumer?.state.rawValue ?? classic.state.rawValue }

    /// Whether there are no members.
    var hasNoMembers: Bool { consumer.map(\.members.isEmpty) ?? classic.isUnused }

    /// The topics that the members read; nil if that cannot be told.
    var subscribedTopics: Set<Name>? { consumer.map(\.subscribedTopics) ?? classic.subscribedTopics }

    /// Whether nothing would be lost if the group were forgotten.
    var isDisposable: Bool {
        consumer == nil && classic.isUnused && classic.generation == 0 && offsets.isEmpty && pendingOffsets.isEmpty
    }

    /// Whether nothing is left of the group but its name.
    var isAbandoned: Bool { hasNoMembers && offsets.isEmpty && pendingOffsets.isEmpty }

    /// The earliest moment at which `expire` has something to do.
    var nextDeadline: Int64? { [classic.nextDeadline, consumer?.nextDeadline].compactMap(\.self).min() }

    /// Takes note of the time when the last member went.
    mutating func noteEmptiness(wall now: Int64) {
        let hadMembers = consumer != nil || classic.state == .empty && classic.generation > 0
        emptySince = hadMembers && hasNoMembers ? emptySince ?? now : nil
    }
}

internal import KafkaProtocol

/// A group: its members and its offsets.
struct Group: Sendable {
    let id: Name
    /// The members of the classic protocol.
    var classic: ClassicGroup

    /// When the last member went, milliseconds since 1970; nil while there are members, or if there never were any.
    var emptySince: Int64?
    var offsets: [TopicPartition: CommittedOffset] = [:]
    /// Offsets of open transactions by producer id, oldest first.
    var pendingOffsets: [Int64: [TopicPartition: CommittedOffset]] = [:]

    init(id: Name, initialRebalanceDelay: Int64 = 0, maximumSize: Int = .max) {
        self.id = id
        classic = ClassicGroup(initialRebalanceDelay: initialRebalanceDelay, maximumSize: maximumSize)
    }

    /// Whether there are no members.
    var hasNoMembers: Bool { classic.isUnused }

    /// Whether nothing would be lost if the group were forgotten.
    var isDisposable: Bool {
        classic.isUnused && classic.generation == 0 && offsets.isEmpty && pendingOffsets.isEmpty
    }

    /// Whether nothing is left of the group but its name.
    var isAbandoned: Bool { hasNoMembers && offsets.isEmpty && pendingOffsets.isEmpty }

    /// The earliest moment at which `expire` has something to do.
    var nextDeadline: Int64? { classic.nextDeadline }

    /// Takes note of the time when the last member went.
    mutating func noteEmptiness(wall now: Int64) {
        emptySince = classic.state == .empty && classic.generation > 0 ? emptySince ?? now : nil
    }
}

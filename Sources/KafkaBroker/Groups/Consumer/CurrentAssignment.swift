internal import KafkaProtocol

/// What a member of the consumer protocol has, and how far it has come on its way to what it is to have.
struct CurrentAssignment: Equatable, Sendable {
    enum State: Int8, Sendable {
        /// It has what it should in its epoch.
        case stable = 0
        /// It has still to give partitions up.
        case unrevoked = 1
        /// It waits for partitions that others have not given up yet.
        case unreleased = 2
    }

    /// The epoch of a static member that has gone for a while.
    static let awayEpoch: Int32 = -2

    var epoch: Int32 = 0
    /// The one before, for a member that has not heard the answer.
    var previousEpoch: Int32 = -1
    var state = State.stable
    var assigned: Set<TopicIDPartition> = []
    /// What it has still to give up.
    var revoking: Set<TopicIDPartition> = []
}

extension CurrentAssignment {
    /// The next step towards `target`, the assignment of `targetEpoch`: partitions are given up before others are taken, and
    /// taken when they are free. `owned` is what the member says that it has, if it does.
    func next(
        towards target: Set<TopicIDPartition>, epoch targetEpoch: Int32, owned: Set<TopicIDPartition>?,
        isFree: (TopicIDPartition) -> Bool
    ) -> CurrentAssignment {
        func mayOwn(_ partitions: Set<TopicIDPartition>) -> Bool {
            owned.map { !$0.isDisjoint(with: partitions) } ?? !partitions.isEmpty
        }
        var reached = epoch
        switch state {
        case .stable: guard epoch != targetEpoch else { return self }
        case .unrevoked:
            guard !mayOwn(revoking) else { return self }
            reached = min(epoch.saturatingAdd(1), targetEpoch)
        case .unreleased: break
        }
        var next = self
        next.assigned.formIntersection(target)
        next.revoking = assigned.subtracting(target)
        if mayOwn(next.revoking) {
            next.state = .unrevoked
            next.move(to: reached)
            return next
        }
        next.revoking = []
        let wanted = target.subtracting(assigned)
        let free = wanted.filter(isFree)
        next.assigned.formUnion(free)
        next.state = free.count == wanted.count ? .stable : .unreleased
        next.move(to: targetEpoch)
        return next
    }

    private mutating func move(to epoch: Int32) {
        guard epoch != self.epoch else { return }
        previousEpoch = self.epoch
        self.epoch = epoch
    }
}

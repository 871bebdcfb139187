internal import KafkaProtocol

/// A transactional id as a state machine (KIP-98, KIP-360, KIP-890): its producer's id and epoch, and the transaction
/// that is open, decided or done. Events change a copy, which is written down before it counts.
struct Transaction: Equatable, Sendable {
    enum State: Int8, Sendable, CaseIterable {
        case empty = 0
        case ongoing, prepareCommit, prepareAbort, completeCommit, completeAbort

        /// Kafka's name.
        var name: String {
            switch self {
            case .empty: "Empty"
            case .ongoing: "Ongoing"
            case .prepareCommit: "PrepareCommit"
            case .prepareAbort: "PrepareAbort"
            case .completeCommit: "CompleteCommit"
            case .completeAbort: "CompleteAbort"
            }
        }

        /// Decided, but not carried out everywhere.
        var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
    }

    /// Epochs beyond this are not given to producers; the last one is left to fence them.
    static let lastEpoch = Int16.max - 1

    let id: Name
    var producerID: Int64
    var producerEpoch: Int16 = -1
    /// The epoch before, if its owner may ask again for an answer it has lost.
    var lastProducerEpoch: Int16 = -1
    /// The producer id before, if its epochs were used up.
    var previousProducerID: Int64 = -1
    /// The producer id from the completion on, if this one's epochs are used up.
    var nextProducerID: Int64 = -1
    /// Milliseconds after which an open transaction is aborted.
    var timeout: Int64 = 60_000
    var state = State.empty
    var partitions: Set<TopicPartition> = []
    /// Groups whose offsets are part of the transaction.
    var groups: Set<Name> = []
    /// When the transaction began, milliseconds since 1970; -1 if none is open.
    var startTime: Int64 = -1
    var lastUpdate: Int64 = -1
    /// Whether the producer lives in the broker's process.
    var isInProcess = false

    /// When the open transaction is aborted, milliseconds since 1970.
    var deadline: Int64? { state == .ongoing ? startTime.saturatingAdd(timeout) : nil }

    /// Whether there is no transaction, and has been none since `time`, milliseconds since 1970.
    func isUnused(since time: Int64) -> Bool { state != .ongoing && !state.isPrepared && lastUpdate <= time }

    private var isExhausted: Bool { producerEpoch >= Self.lastEpoch }

    /// What comes of a wish to initialize.
    enum Initialization: Equatable {
        case refused(KafkaErrorCode)
        /// The open transaction must be aborted with `fence`, then try again without an expectation.
        case abortFirst
        /// Id and epoch are those to answer with.
        case ready
    }

    /// A producer begins to use the transactional id. Earlier ones are fenced by a higher epoch. With `expected` the
    /// producer says which id and epoch it has, and is refused if those were replaced (KIP-360).
    mutating func initialize(
        expected: (producerID: Int64, epoch: Int16)?, timeout: Int64, isInProcess: Bool, now: Int64,
        freshProducerID: () throws -> Int64
    ) rethrows -> Initialization {
        let isFirst = producerEpoch == -1
        if let expected, !isFirst {
            let isPrevious = expected.producerID == previousProducerID && expected.epoch >= Self.lastEpoch
            guard expected.producerID == producerID || isPrevious else { return .refused(.producerFenced) }
            guard
                (expected.producerID == producerID && expected.epoch == producerEpoch)
                    || expected.epoch == lastProducerEpoch
            else { return .refused(.producerFenced) }
        }
        switch state {
        case .prepareCommit, .prepareAbort: return .refused(.concurrentTransactions)
        case .ongoing: return .abortFirst
        case .empty, .completeCommit, .completeAbort: break
        }
        self.timeout = timeout
        self.isInProcess = isInProcess
        lastUpdate = now
        if let expected, !isFirst, !(expected.producerID == producerID && expected.epoch == producerEpoch) {
            // The answer to the last bump was lost: it stands.
            return .ready
        }
        if isExhausted {
            previousProducerID = producerID
            lastProducerEpoch = expected == nil ? -1 : producerEpoch
            producerID = try freshProducerID()
            producerEpoch = 0
        } else {
            lastProducerEpoch = expected == nil ? -1 : producerEpoch
            producerEpoch += 1
        }
        partitions = []
        groups = []
        state = .empty
        startTime = -1
        return .ready
    }

    private func ownerError(_ producerID: Int64, _ epoch: Int16) -> KafkaErrorCode {
        guard producerID == self.producerID else { return .invalidProducerIdMapping }
        return epoch == producerEpoch ? .none : .producerFenced
    }

    /// Makes partitions and groups part of the transaction; the first ones open it.
    mutating func add(
        partitions added: [TopicPartition] = [], groups addedGroups: [Name] = [], producerID: Int64, epoch: Int16,
        now: Int64
    ) -> KafkaErrorCode {
        let error = ownerError(producerID, epoch)
        guard error == .none else { return error }
        guard !state.isPrepared else { return .concurrentTransactions }
        if state != .ongoing {
            state = .ongoing
            startTime = now
            partitions = []
            groups = []
        }
        partitions.formUnion(added)
        groups.formUnion(addedGroups)
        lastUpdate = now
        return .none
    }

    /// What is wrong with a write that says it belongs to the transaction; `.none` if nothing.
    func membershipError(
        partition: TopicPartition? = nil, group: Name? = nil, producerID: Int64, epoch: Int16
    ) -> KafkaErrorCode {
        guard producerID == self.producerID else { return .invalidProducerIdMapping }
        guard epoch == producerEpoch else { return .invalidProducerEpoch }
        guard !state.isPrepared else { return .concurrentTransactions }
        guard state == .ongoing, partition.map(partitions.contains) ?? true, group.map(groups.contains) ?? true else {
            return .invalidTxnState
        }
        return .none
    }

    /// What comes of a wish to end.
    enum Ending: Equatable {
        case refused(KafkaErrorCode)
        /// It was ended so before; id and epoch are those to answer with.
        case alreadyDone
        /// Decided: write this down, then the markers, then `complete`.
        case prepared
    }

    /// The producer commits or aborts. With `bumpsEpoch` each transaction has an epoch of its own, so that a late
    /// request of one cannot hit the next (KIP-890, EndTxn version 5).
    mutating func end(
        commit: Bool, producerID: Int64, epoch: Int16, bumpsEpoch: Bool, now: Int64,
        freshProducerID: () throws -> Int64
    ) rethrows -> Ending {
        let wanted: (prepared: State, complete: State) =
            commit ? (.prepareCommit, .completeCommit) : (.prepareAbort, .completeAbort)
        let isRepeated =
            bumpsEpoch && lastProducerEpoch >= 0 && epoch == lastProducerEpoch
            && (producerID == self.producerID || producerID == previousProducerID)
        if isRepeated {
            switch state {
            case wanted.complete: return .alreadyDone
            case wanted.prepared: return .refused(.concurrentTransactions)
            default: return .refused(state == .ongoing || state == .empty ? .producerFenced : .invalidTxnState)
            }
        }
        let error = ownerError(producerID, epoch)
        guard error == .none else { return .refused(error) }
        switch state {
        case .ongoing: break
        case wanted.prepared: return .refused(.concurrentTransactions)
        case wanted.complete where !bumpsEpoch: return .alreadyDone
        case .empty where bumpsEpoch && !commit, .completeCommit where bumpsEpoch && !commit,
            .completeAbort where bumpsEpoch && !commit:
            // Nothing was written that the coordinator knows of, but an epoch of its own makes sure of it.
            break
        default: return .refused(.invalidTxnState)
        }
        if bumpsEpoch {
            lastProducerEpoch = producerEpoch
            if isExhausted { nextProducerID = try freshProducerID() }
            if producerEpoch < .max { producerEpoch += 1 }
        }
        if state != .ongoing {
            partitions = []
            groups = []
        }
        state = wanted.prepared
        lastUpdate = now
        return .prepared
    }

    /// The coordinator aborts an open transaction: its time is up or a new producer came. The old one is fenced.
    mutating func fence(now: Int64) {
        guard state == .ongoing else { return }
        if producerEpoch < .max { producerEpoch += 1 }
        lastProducerEpoch = -1
        state = .prepareAbort
        lastUpdate = now
    }

    /// All markers are written.
    mutating func complete(now: Int64) {
        guard state.isPrepared else { return }
        state = state == .prepareCommit ? .completeCommit : .completeAbort
        if nextProducerID >= 0 {
            previousProducerID = producerID
            producerID = nextProducerID
            nextProducerID = -1
            producerEpoch = 0
        }
        partitions = []
        groups = []
        startTime = -1
        lastUpdate = now
    }
}

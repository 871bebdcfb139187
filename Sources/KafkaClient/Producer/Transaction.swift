import KafkaProtocol

/// The states of a transactional producer (KIP-98), without I/O.
///
/// A partition is added to the transaction at the coordinator before the first batch goes to it; in version 2 (KIP-890) it is
/// with that batch, and the coordinator raises the epoch with each transaction. A failed batch spoils the
/// transaction: it can only be aborted, and the epoch is raised afterwards so that sequences start anew (KIP-360). Fencing
/// and an end whose outcome nobody knows are fatal: the producer must be dropped, and its successor's `initTransactions`
/// settles what is open.
struct Transaction {
    private enum State {
        case uninitialized
        case initializing
        case ready
        case open
        case spoiled(KafkaError)
        case ending(commit: Bool)
        case fatal(KafkaError)
    }

    /// What ending the transaction takes.
    struct Ending: Equatable {
        /// Whether the coordinator must be told; not if nothing was written.
        var tellsCoordinator: Bool
        /// Whether the epoch must be raised after an abort.
        var raisesEpoch: Bool
        /// Whether the coordinator may know of no transaction.
        var isInDoubt = false
    }

    private var state = State.uninitialized
    /// Whether the cluster has transactions of version 2.
    private(set) var isVersion2 = false
    /// The partitions that may be written to. In version 2 the coordinator may not know of them yet.
    private(set) var added: Set<TopicPartition> = []
    private var wanted: Set<TopicPartition> = []
    private var adding: Set<TopicPartition> = []
    private var groups: Set<Name> = []
    private var needsNewEpoch = false
    /// A request to add something was not answered; whether it was carried out nobody knows.
    private var mayHaveAdded = false
    private var retryAt: Int64 = 0
    private var attempts = 0

    /// The error that keeps the producer from working, if there is one.
    var failure: KafkaError? {
        switch state {
        case .spoiled(let error), .fatal(let error): error
        default: nil
        }
    }

    /// Whether a transaction is open and unspoiled.
    var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether no identity has been asked for yet, or none could be had.
    var isUninitialized: Bool {
        if case .uninitialized = state { true } else { false }
    }

    /// Before the producer's identity is fetched.
    mutating func beginInitializing() throws {
        switch state {
        case .uninitialized, .ready: state = .initializing
        case .fatal(let error): throw error
        default: throw wrongState("initialize transactions")
        }
    }

    /// The identity is there, or could not be had.
    mutating func initialized(_ error: KafkaError?, isVersion2: Bool = false) {
        self.isVersion2 = isVersion2
        if let error { state = error.isFatal ? .fatal(error) : .uninitialized } else { state = .ready }
        needsNewEpoch = false
    }

    mutating func begin() throws {
        switch state {
        case .ready: state = .open
        case .fatal(let error): throw error
        default: throw wrongState("begin a transaction")
        }
    }

    /// Before records for the partition are enqueued.
    mutating func write(to topicPartition: TopicPartition) throws {
        try checkOpen("write to \(topicPartition)")
        if isVersion2 {
            added.insert(topicPartition)
        } else if !added.contains(topicPartition), !adding.contains(topicPartition) {
            wanted.insert(topicPartition)
        }
    }

    /// Throws unless a transaction is open and unspoiled.
    func checkOpen(_ what: String) throws {
        switch state {
        case .open: return
        case .spoiled(let error), .fatal(let error): throw error
        default: throw wrongState(what)
        }
    }

    /// The partitions to add at the coordinator now, if any; or else when to look again.
    mutating func partitionsToAdd(now: Int64) -> (partitions: [TopicPartition], retryAt: Int64?) {
        guard isOpen || isEnding, adding.isEmpty, !wanted.isEmpty else { return ([], nil) }
        if retryAt > now { return ([], retryAt) }
        adding = wanted
        wanted = []
        return (adding.sorted(), nil)
    }

    private var isEnding: Bool {
        if case .ending(commit: true) = state { true } else { false }
    }

    /// Whether a request to add partitions is under way.
    var isAddingPartitions: Bool { !adding.isEmpty }

    /// The coordinator has added the partitions under way, or not.
    mutating func partitionsAdded(_ error: KafkaError?, now: Int64, retryAfter: (_ attempt: Int) -> Int64) {
        defer { adding = [] }
        guard let error else {
            added.formUnion(adding)
            attempts = 0
            return
        }
        mayHaveAdded = mayHaveAdded || error.isRetriable
        if error.isRetriable {
            attempts += 1
            wanted.formUnion(adding)
            retryAt = now + retryAfter(attempts)
        } else {
            fail(error)
        }
    }

    /// The coordinator is being told of a group; until `added(group:)` nobody knows whether it knows.
    mutating func willAddGroup() { mayHaveAdded = true }

    /// The group's offsets are part of the transaction.
    mutating func added(group: String) { groups.insert(Name(group)) }

    /// Whether the group has been added to this transaction.
    func hasGroup(_ group: String) -> Bool { groups.contains(Name(group)) }

    /// Something of the transaction failed for good.
    mutating func fail(_ error: KafkaError, sequencesAreSpoiled: Bool = false) {
        needsNewEpoch = needsNewEpoch || sequencesAreSpoiled
        if error.isFatal {
            state = .fatal(error)
            return
        }
        guard isOpen || isEnding else { return }
        var spoiled = error
        spoiled.code = .transactionAborted
        spoiled.message = "the transaction must be aborted"
        spoiled.underlying = error
        spoiled.errorCode = nil
        spoiled.isRetriable = false
        state = .spoiled(spoiled)
    }

    /// Before all is flushed for a commit.
    mutating func beginCommit() throws {
        try checkOpen("commit")
        state = .ending(commit: true)
    }

    /// Before what waits is dropped for an abort.
    mutating func beginAbort() throws {
        switch state {
        case .open, .spoiled, .ending(commit: true): state = .ending(commit: false)
        case .fatal(let error): throw error
        default: throw wrongState("abort")
        }
        wanted = []
    }

    /// Once nothing is under way any more: what is left to do.
    func ending() throws -> Ending {
        switch state {
        case .ending(let commit):
            Ending(
                tellsCoordinator: !added.isEmpty || !groups.isEmpty || mayHaveAdded,
                raisesEpoch: !commit && needsNewEpoch && !isVersion2,
                isInDoubt: added.isEmpty && groups.isEmpty)
        case .spoiled(let error), .fatal(let error): throw error
        default: throw wrongState("end a transaction")
        }
    }

    /// The transaction is over, or nobody knows.
    mutating func ended(_ error: KafkaError?) {
        if let error {
            var fatal = error
            fatal.isFatal = true
            state = .fatal(fatal)
        } else {
            state = .ready
            needsNewEpoch = false
        }
        added = []
        wanted = []
        groups = []
        mayHaveAdded = false
    }

    private func wrongState(_ what: String) -> KafkaError {
        let now =
            switch state {
            case .uninitialized: "initTransactions has not been called"
            case .initializing: "initTransactions is under way"
            case .ready: "no transaction has begun"
            case .open: "a transaction is open"
            case .spoiled: "the transaction must be aborted"
            case .ending: "the transaction is being ended"
            case .fatal: "the producer has failed"
            }
        return KafkaError(.invalidState, "cannot \(what): \(now)")
    }
}

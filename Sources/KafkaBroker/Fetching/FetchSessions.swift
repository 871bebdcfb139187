internal import KafkaProtocol

/// All fetch sessions of a broker (KIP-227), as many as there is room for: who gets none fetches with whole requests.
struct FetchSessions: Sendable {
    /// What a request fetches.
    struct Plan: Sendable {
        fileprivate enum Kind {
            case sessionless
            /// A session is to begin with the answer.
            case opening
            /// A session's request; the epoch is that of the request after it.
            case incremental(id: Int32, nextEpoch: Int32)
        }

        let targets: [FetchTarget]
        let usesTopicIDs: Bool
        fileprivate let kind: Kind
    }

    /// How long a session is safe from being replaced by another one, in milliseconds
    /// (`min.incremental.fetch.session.eviction.ms`).
    static let protection: Int64 = 120_000

    /// The most sessions (`max.incremental.fetch.session.cache.slots`).
    let capacity: Int
    /// The most partitions in all sessions together.
    let partitionCapacity: Int
    private var sessions: [Int32: FetchSession] = [:]
    private var partitionCount = 0

    init(capacity: Int, partitionCapacity: Int = 200_000) {
        self.capacity = capacity
        self.partitionCapacity = partitionCapacity
    }

    /// How many there are.
    var count: Int { sessions.count }

    /// What a request is to fetch. Throws `RequestError` for a session that is not there and for a request out of turn.
    mutating func plan(_ request: FetchRequest, usesTopicIDs: Bool, now: Int64) throws -> Plan {
        let (id, epoch) = (request.sessionId, request.sessionEpoch)
        guard epoch > 0 else {
            // -1 ends the session, 0 begins another one in its place.
            if id != 0 { remove(id) }
            return Plan(
                targets: request.targets, usesTopicIDs: usesTopicIDs, kind: epoch == 0 ? .opening : .sessionless)
        }
        guard var session = sessions[id] else {
            throw RequestError(.fetchSessionIdNotFound, "there is no fetch session \(id)")
        }
        guard session.epoch == epoch else {
            throw RequestError(
                .invalidFetchSessionEpoch, "fetch session \(id): epoch \(epoch) instead of \(session.epoch)")
        }
        guard session.usesTopicIDs == usesTopicIDs else {
            throw RequestError(.fetchSessionTopicIdError, "fetch session \(id) names topics in another way")
        }
        remove(id)
        session.change(request.targets, forgetting: request.forgotten)
        guard !session.partitions.isEmpty, partitionCount + session.partitions.count <= partitionCapacity else {
            return Plan(targets: session.targets, usesTopicIDs: usesTopicIDs, kind: .sessionless)
        }
        session.epoch = FetchSession.epoch(after: epoch)
        session.lastUsed = now
        insert(session)
        return Plan(
            targets: session.targets, usesTopicIDs: usesTopicIDs,
            kind: .incremental(id: id, nextEpoch: session.epoch))
    }

    /// The session that the client is told, 0 for none, and which of the answers, in the order of the plan, it is told.
    mutating func complete(
        _ plan: Plan, _ answers: [FetchResponse.PartitionData], now: Int64, randomID: () -> Int32
    ) -> (sessionID: Int32, isTold: [Bool]) {
        let all = [Bool](repeating: true, count: answers.count)
        switch plan.kind {
        case .sessionless:
            return (0, all)
        case .opening:
            guard !plan.targets.isEmpty, makeRoom(for: plan.targets.count, now: now) else { return (0, all) }
            var id = randomID()
            while id <= 0 || sessions[id] != nil { id = randomID() }
            var session = FetchSession(id: id, usesTopicIDs: plan.usesTopicIDs, targets: plan.targets, now: now)
            // A partition named twice is one in the session.
            if session.partitions.count == answers.count { _ = session.takeNotice(of: answers) }
            insert(session)
            return (id, all)
        case .incremental(let id, let nextEpoch):
            // A session that was replaced meanwhile, or is in use by someone else, too: the answer is whole.
            guard var session = sessions[id], session.epoch == nextEpoch else { return (id, all) }
            let isTold = session.takeNotice(of: answers)
            sessions[id] = session
            return (id, isTold)
        }
    }

    /// Whether there is room for another session, after one that was not used for long, or is smaller and not new, has
    /// gone for it.
    private mutating func makeRoom(for partitions: Int, now: Int64) -> Bool {
        func fits() -> Bool { sessions.count < capacity && partitionCount + partitions <= partitionCapacity }
        if fits() { return true }
        let old = sessions.values.filter { $0.createdAt <= now - Self.protection }
        let unused = old.filter { $0.lastUsed <= now - Self.protection }.min { $0.lastUsed < $1.lastUsed }
        let smaller = old.filter { $0.partitions.count < partitions }.min { $0.partitions.count < $1.partitions.count }
        guard let victim = unused ?? smaller else { return false }
        remove(victim.id)
        return fits()
    }

    private mutating func insert(_ session: FetchSession) {
        sessions[session.id] = session
        partitionCount += session.partitions.count
    }

    private mutating func remove(_ id: Int32) {
        partitionCount -= sessions.removeValue(forKey: id)?.partitions.count ?? 0
    }
}

public import KafkaProtocol
import Synchronization

extension Consumer {
    /// Takes part in the group for these topics, from now on; partitions come as `.assigned` events. Called again with other
    /// topics it makes the group rebalance. Topics that do not exist are looked for from time to time.
    ///
    /// Throws if the consumer has no `groupID` or reads partitions that it was told.
    public func subscribe(_ topics: [String]) throws { try subscribe(topics, wanted: nil) }

    /// Takes part in the group for all topics whose whole names match a regular expression, but the brokers' own. They are looked for
    /// before the group is joined, and then every `ConsumerConfiguration.metadataMaxAge`: partitions of those that have come to
    /// be, or are deleted, come and go as at any rebalance. The syntax is RE2's: Java's without look-around and references back.
    ///
    /// Throws as `subscribe` does, and if the pattern is none.
    public func subscribe(matching pattern: String) throws {
        do {
            let matcher = try TopicPattern(pattern)
            try subscribe([], matching: { matcher.matches($0) })
        } catch let fault as TopicPattern.Fault {
            throw KafkaError(
                .invalidConfiguration, "'\(pattern)' is not a regular expression for names of topics: \(fault.message)")
        }
    }

    /// Takes part in the group for these topics, and for those that match of all that are there.
    package func subscribe(_ topics: [String], matching: @escaping @Sendable (String) -> Bool) throws {
        try subscribe([], wanted: WantedTopics(named: topics, matches: matching))
    }

    private func subscribe(_ topics: [String], wanted: WantedTopics?) throws {
        guard let group = configuration.groupID, !group.isEmpty else {
            throw KafkaError(.invalidConfiguration, "a consumer without a group id cannot subscribe to topics")
        }
        try state.withLock { state in
            if state.isClosing || state.isClosed { throw KafkaError.closed("consumer") }
            if state.membership == nil {
                guard state.fetch.partitions.isEmpty else {
                    throw KafkaError(
                        .invalidState, "a consumer cannot both subscribe to topics and be told its partitions")
                }
                state.membership = newMember(of: group)
            }
            state.wanted = wanted
            state.membership?.classic?.configuration.findsTopics = wanted != nil
            if wanted == nil {
                state.membership?.subscribe(topics, now: client.environment.now())
            } else {
                state.topicsCheckedAt = .min
            }
        }
        work.notify()
    }

    private func newMember(of group: String) -> GroupMembership {
        switch configuration.groupProtocol {
        case .classic:
            return .classic(
                Membership(
                    Membership.Configuration(
                        groupID: group, instanceID: configuration.groupInstanceID,
                        sessionTimeout: configuration.sessionTimeout.milliseconds,
                        heartbeatInterval: configuration.heartbeatInterval.milliseconds,
                        rebalanceTimeout: configuration.rebalanceTimeout.milliseconds, assignor: configuration.assignor,
                        staticMemberLeaves: configuration.staticMemberLeaves,
                        waitsForOthers: configuration.waitsForOtherMembers, retryPolicy: client.retryPolicy)))
        case .consumer(let serverAssignor):
            let id = KafkaUUID(high: client.environment.random(), low: client.environment.random())
            return .consumer(
                ConsumerMembership(
                    ConsumerMembership.Configuration(
                        groupID: group, instanceID: configuration.groupInstanceID, serverAssignor: serverAssignor,
                        rebalanceTimeout: configuration.rebalanceTimeout.milliseconds,
                        staticMemberLeaves: configuration.staticMemberLeaves, retryPolicy: client.retryPolicy),
                    memberID: id.description))
        }
    }

    /// Makes the group rebalance, such as when this member's user data has changed.
    public func rejoin() {
        state.withLock { $0.membership?.rejoin(now: client.environment.now()) }
        work.notify()
    }

    /// Leaves the group; `subscribe` joins it again. What was read ahead is dropped, and nothing can be committed any more.
    /// Returns when the coordinator knows, or cannot be reached.
    public func leaveGroup() async {
        state.withLock { state in
            state.membership?.leave()
            state.fetch.assign([:], restart: true)
        }
        client.waits.clear(waiter)
        work.notify()
        while !Task.isCancelled {
            let seen = work.version
            if state.withLock({ $0.membership?.isLeaving != true || $0.isClosed }) { return }
            await work.wait(after: seen)
        }
    }

    /// Whether the group still counts on the member that had its last assignment as `identity`: asks the coordinator, again
    /// while that cannot be reached.
    public func confirmMembership(_ identity: GroupMetadata) async throws -> Bool {
        let request = HeartbeatRequest(
            groupId: identity.groupID, generationId: identity.generation, memberId: identity.memberID,
            groupInstanceId: identity.instanceID)
        let what = "find out whether this is still a member of group \(identity.groupID)"
        return try await client.retrying(what) { _ in
            let response = try await client.sendOnce(request, to: .group(identity.groupID)) { $0.errorCode }
            let code = KafkaErrorCode(rawValue: response.errorCode)
            if code == .none || code == .rebalanceInProgress { return true }
            if code.isRetriable { throw KafkaError.broker(code, what) }
            return false
        }
    }

    /// Reads exactly these partitions, from these positions, without sharing them with others. Partitions that were read
    /// before start anew.
    public func assign(_ partitions: [TopicPartition: StartPosition]) throws {
        try state.withLock { state in
            if state.isClosing || state.isClosed { throw KafkaError.closed("consumer") }
            guard state.membership == nil else {
                throw KafkaError(.invalidState, "a consumer cannot both subscribe to topics and be told its partitions")
            }
            state.fetch.assign(partitions, restart: true)
        }
        work.notify()
    }

    /// Reads these partitions besides those read already, which go on undisturbed.
    public func add(_ partitions: [TopicPartition: StartPosition]) throws {
        try change { old in old.merging(partitions) { old, _ in old } }
    }

    /// Reads these partitions no more; what is read ahead of them is dropped. The others go on undisturbed.
    public func remove(_ partitions: [TopicPartition]) throws {
        try change { old in old.filter { !partitions.contains($0.key) } }
    }

    private func change(
        _ body: ([TopicPartition: StartPosition]) -> [TopicPartition: StartPosition]
    ) throws {
        try state.withLock { state in
            if state.isClosing || state.isClosed { throw KafkaError.closed("consumer") }
            guard state.membership == nil else {
                throw KafkaError(
                    .invalidState, "the group decides which partitions a consumer reads that subscribes to topics")
            }
            // The position of those that stay is ignored.
            state.fetch.assign(body(state.fetch.partitions.mapValues { _ in .earliest }), restart: false)
        }
        work.notify()
    }

    /// The partitions read now.
    public var assignment: [TopicPartition] { state.withLock { $0.fetch.partitions.keys.sorted() } }

    /// Waits for the next event. One task takes events; each is given once.
    ///
    /// Throws the fatal error that ended the consumer, `KafkaError.Code.closed` once it is closed, or `CancellationError`.
    public func nextEvent() async throws -> ConsumerEvent {
        while true {
            let seen = news.version
            if let event = try pollEvent() { return event }
            try Task.checkCancellation()
            await news.wait(after: seen)
        }
    }

    /// The next event if there is one. Throws as `nextEvent` does.
    func pollEvent() throws -> ConsumerEvent? {
        try state.withLock { state in
            if let event = state.events.popFirst() { return event }
            if let failure = state.failure { throw failure }
            if state.isClosed { throw KafkaError.closed("consumer") }
            return nil
        }
    }

    /// The partitions of the last `.revoked` event have been committed and are not used any more.
    public func acknowledgeRevocation() {
        state.withLock { state in
            guard state.membership?.isRevoking == true else { return }
            keepReading(state.membership?.kept ?? [], &state)
            state.membership?.revocationAcknowledged(now: client.environment.now())
        }
        work.notify()
    }

    /// Who this consumer is in its group, for offsets that are committed in a transaction: the member that got the last
    /// assignment, even if the group has gone on since, so that the coordinator refuses what comes too late. With a
    /// cooperative assignor, where partitions outlast a rebalance, ask for it at each commit. Outside of a group (`assign`) there is
    /// neither member nor generation.
    public var groupMetadata: GroupMetadata { state.withLock { groupMetadata(of: $0.membership) } }

    /// Counts how often the group has gone on without this consumer.
    package var tenure: Int { state.withLock { $0.membership?.tenure ?? 0 } }

    /// `groupMetadata`, for what was assigned in that tenure. Throws `.rebalanced` if it has ended: the partitions belong to
    /// others, whoever this consumer is by now.
    package func groupMetadata(inTenure tenure: Int) throws -> GroupMetadata {
        try state.withLock { state in
            guard state.membership?.tenure ?? 0 == tenure else {
                throw KafkaError(.rebalanced, "the group has gone on without this member, and given its partitions away")
            }
            return groupMetadata(of: state.membership)
        }
    }

    private func groupMetadata(of membership: GroupMembership?) -> GroupMetadata {
        GroupMetadata(
            groupID: configuration.groupID ?? "", generation: membership?.lastIdentity?.generation ?? -1,
            memberID: membership?.lastIdentity?.memberID ?? "", instanceID: configuration.groupInstanceID)
    }
}

import KafkaProtocol
import Synchronization

extension Consumer {
    /// Makes a request to the group's coordinator, or shares out the partitions.
    func performMembership(_ action: Membership.Action) async {
        guard let group = configuration.groupID else { return }
        let random = client.environment.random()
        let environment = client.environment
        switch action {
        case .join(let request):
            let result = await result("join group \(group)", isWait: { self.isForOthers($0.errorCode) }) {
                try await client.sendOnce(request, to: .group(group)) { $0.errorCode }
            }
            if case .success(let response) = result, isForOthers(response.errorCode) { await noteOthers(in: group) }
            state.withLock { $0.membership?.classic?.joined(result, now: environment.now(), random: random) }
        case .sync(let request):
            let result = await result("take its share in group \(group)") {
                try await client.sendOnce(request, to: .group(group)) { $0.errorCode }
            }
            state.withLock { $0.membership?.classic?.synced(result, now: environment.now(), random: random) }
        case .heartbeat(let request):
            let result = await result("stay in group \(group)") {
                try await client.sendOnce(request, to: .group(group)) { $0.errorCode }
            }
            state.withLock {
                $0.membership?.classic?.heartbeatAnswered(result, generation: request.generationId, now: environment.now())
            }
        case .leave(let request):
            _ = await result("leave group \(group)") {
                try await client.sendOnce(request, to: .group(group)) { $0.errorCode }
            }
            state.withLock { $0.membership?.classic?.left() }
        case .computeAssignment(let members):
            let (result, counts) = await assignment(for: members)
            state.withLock { state in
                if let counts { state.partitionCounts = counts }
                state.membership?.classic?.assignmentComputed(result, now: environment.now(), random: random)
            }
        case .consumerHeartbeat(let request):
            let isLast = request.memberEpoch < 0
            let result = await result(isLast ? "leave group \(group)" : "stay in group \(group)", isWait: { Self.isForName($0.errorCode) }) {
                try await client.sendOnce(request, to: .group(group)) { $0.errorCode }
            }
            if case .success(let response) = result, Self.isForName(response.errorCode) { noteHolder(of: request.instanceId, in: group) }
            state.withLock { state in
                if isLast {
                    state.membership?.consumer?.left()
                } else {
                    state.membership?.consumer?.answered(result, now: environment.now(), random: random)
                }
            }
        case .nameTopics(let ids):
            let names = await names(of: ids)
            state.withLock { $0.membership?.consumer?.named(names, now: environment.now(), random: random) }
        case .assigned, .extended, .revoked, .lost, .failed:
            break
        }
    }

    /// What came of a request to the coordinator. A failure that is tried again is told; `isWait` says whether an answer is
    /// one.
    private func result<T: Sendable>(
        _ what: String, isWait: (T) -> Bool = { _ in false }, _ body: () async throws -> T
    ) async -> Result<T, KafkaError> {
        let key = WaitBoard.Key(waiter, .group)
        do {
            let result = try await body()
            if !isWait(result) { client.waits.clear(key) }
            return .success(result)
        } catch {
            let error = KafkaError.from(error, what)
            if error.isRetriable { client.waits.note(key, what, because: error, now: client.environment.now()) }
            return .failure(error)
        }
    }

    /// The names of topics, as far as they can be found out among those that are wanted.
    private func names(of ids: [KafkaUUID]) async -> [KafkaUUID: Name] {
        let topics = state.withLock { $0.membership?.consumer?.topics ?? [] }.map { Name($0) }
        // Who asks again and again tells what it waits for; here the next attempt makes up for it.
        _ = try? await client.refresh(topics, force: true, allowCreation: false)
        return client.cluster.metadata.withLock { metadata in
            ids.reduce(into: [:]) { names, id in names[id] = metadata.name(of: id) }
        }
    }

    /// Whether another member still has the static name of this one.
    private static func isForName(_ errorCode: Int16) -> Bool { errorCode == KafkaErrorCode.unreleasedInstanceId.rawValue }

    private func noteHolder(of instance: String?, in group: String) {
        let error = KafkaError(
            .broker, "a member with the static id \(instance ?? "") is in it, and has to leave or to time out first",
            errorCode: .unreleasedInstanceId, isRetriable: true)
        client.waits.note(
            WaitBoard.Key(waiter, .group), "join group \(group)", because: error, now: client.environment.now(), isOutage: false)
    }

    private func isForOthers(_ errorCode: Int16) -> Bool {
        configuration.waitsForOtherMembers && errorCode == KafkaErrorCode.inconsistentGroupProtocol.rawValue
    }

    /// Tells whom joining waits for.
    private func noteOthers(in group: String) async {
        let answer = try? await client.sendOnce(DescribeGroupsRequest(groups: [group]), to: .group(group)) {
            $0.groups.first?.errorCode ?? 0
        }
        client.waits.note(
            WaitBoard.Key(waiter, .group), "join group \(group)",
            because: OtherMembers(answer?.groups.first), now: client.environment.now(), isOutage: false)
    }

    private func assignment(
        for members: [GroupMember]
    ) async -> (Result<[String: MemberAssignment], KafkaError>, counts: [Name: Int32]?) {
        do {
            let (assignor, looksForTopics) = state.withLock {
                ($0.membership?.classic?.assignor ?? configuration.assignor, $0.wanted != nil)
            }
            // What was there when it was found is not to come again by being asked for.
            let counts = try await partitionCounts(
                of: members.flatMap(\.topics).distinctNames(), allowCreation: looksForTopics ? false : nil)
            let assignments = try assignor.assign(
                members: members, partitionCounts: counts.existing)
            return (.success(assignments), counts)
        } catch {
            return (.failure(KafkaError.from(error, "share out the partitions of a group")), nil)
        }
    }

    /// The partitions of topics as of now; 0 for those that do not exist.
    private func partitionCounts(of topics: [Name], allowCreation: Bool?) async throws -> [Name: Int32] {
        guard !topics.isEmpty else { return [:] }
        try await client.refresh(topics, force: true, allowCreation: allowCreation)
        return client.cluster.metadata.withLock { metadata in
            Dictionary(uniqueKeysWithValues: topics.map { ($0, Int32(metadata.topic($0)?.partitions.count ?? 0)) })
        }
    }

    /// Rebalances if topics have other partitions than when these were shared out, or if there are others that match.
    func checkTopics() async {
        let (known, wanted) = state.withLock { ($0.membership?.isLeader == true ? $0.partitionCounts : [:], $0.wanted) }
        let found = wanted == nil ? nil : try? await client.describeTopics(nil).values.filter { !$0.isInternal }.map(\.name)
        let counts = try? await partitionCounts(of: known.keys.sorted(), allowCreation: false)
        let now = client.environment.now()
        state.withLock { state in
            state.isCheckingTopics = false
            state.topicsCheckedAt = now
            if let found, let wanted = state.wanted {
                state.wanted?.isFirst = false
                state.membership?.found(wanted.named + found.filter(wanted.matches), now: now)
            }
            if let counts, counts != known { state.membership?.rejoin(now: now) }
        }
    }
}

extension [Name: Int32] {
    /// Those of the topics that exist. Brokers have no topics whose names are equal to Swift and not to Kafka.
    fileprivate var existing: [String: Int32] {
        var existing: [String: Int32] = [:]
        for (name, count) in self where count > 0 { existing[name.string] = count }
        return existing
    }
}

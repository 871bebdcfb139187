import KafkaProtocol

/// What the coordinator has answered, and what follows from it.
extension Membership {
    mutating func joined(_ result: Result<JoinGroupResponse, KafkaError>, now: Int64, random: UInt64) {
        guard state == .joining else { return }
        let response: JoinGroupResponse
        switch result {
        case .failure(let error): return troubled(error, now: now, random: random)
        case .success(let answer): response = answer
        }
        let code = KafkaErrorCode(rawValue: response.errorCode)
        guard code == .none else {
            if code == .memberIdRequired {
                memberID = response.memberId
                state = .unjoined(retryAt: now)
                return
            }
            return refused(code, "join", now: now, random: random)
        }
        attempts = 0
        memberID = response.memberId
        generation = response.generationId
        isLeader = response.leader == response.memberId
        agree(on: response.protocolName)
        nextHeartbeat = now.saturatingAdd(configuration.heartbeatInterval)
        guard isLeader, !response.skipAssignment else { return sync([]) }
        do {
            let members = try response.members.map { member in
                let subscription = try ConsumerProtocolSubscription(decoding: member.metadata)
                return GroupMember(
                    id: member.memberId, instanceID: member.groupInstanceId, topics: subscription.topics,
                    ownedPartitions: subscription.ownedPartitions.flatMap { topic in
                        topic.partitions.map { TopicPartition(topic.topic, $0) }
                    }, generation: subscription.generationId, userData: subscription.userData)
            }
            state = .assigning
            pending.append(.computeAssignment(members))
        } catch {
            fail(KafkaError.from(error, "read the subscriptions of group \(configuration.groupID)"))
        }
    }

    /// The leader's assignor is done, or failed.
    mutating func assignmentComputed(
        _ result: Result<[String: MemberAssignment], KafkaError>, now: Int64, random: UInt64
    ) {
        guard state == .assigning else { return }
        do {
            let assignments = try result.get()
            sync(
                try assignments.map { member, assignment in
                    SyncGroupRequest.SyncGroupRequestAssignment(
                        memberId: member,
                        assignment: try ConsumerProtocolAssignment(
                            assignedPartitions: assignment.partitions.byTopic().map {
                                ConsumerProtocolAssignment.TopicPartition(topic: $0, partitions: $1.sorted())
                            }, userData: assignment.userData
                        ).encoded())
                }.sorted { $0.memberId < $1.memberId })
        } catch {
            let error = KafkaError.from(error, "share out the partitions of group \(configuration.groupID)")
            troubled(error, now: now, random: random)
        }
    }

    private mutating func sync(_ assignments: [SyncGroupRequest.SyncGroupRequestAssignment]) {
        state = .syncing
        pending.append(
            .sync(
                SyncGroupRequest(
                    groupId: configuration.groupID, generationId: generation, memberId: memberID,
                    groupInstanceId: configuration.instanceID, protocolType: "consumer",
                    protocolName: assignor.name, assignments: assignments)))
    }

    mutating func synced(_ result: Result<SyncGroupResponse, KafkaError>, now: Int64, random: UInt64) {
        guard state == .syncing else { return }
        switch result {
        case .failure(let error): troubled(error, now: now, random: random)
        case .success(let response) where response.errorCode != 0:
            refused(KafkaErrorCode(rawValue: response.errorCode), "take its share in", now: now, random: random)
        case .success(let response):
            do {
                let decoded =
                    response.assignment.isEmpty
                    ? ConsumerProtocolAssignment() : try ConsumerProtocolAssignment(decoding: response.assignment)
                attempts = 0
                let partitions = decoded.assignedPartitions.flatMap { topic in
                    topic.partitions.map { TopicPartition(topic.topic, $0) }
                }.sorted()
                state = .stable
                lastIdentity = (memberID, generation)
                if assignor.isCooperative { expectsRebalanceUntil = now.saturatingAdd(configuration.heartbeatInterval) }
                nextHeartbeat = now.saturatingAdd(heartbeatPause(now: now))
                take(MemberAssignment(partitions: partitions, userData: decoded.userData), now: now)
            } catch {
                fail(KafkaError.from(error, "read the assignment of group \(configuration.groupID)"))
            }
        }
    }

    mutating func heartbeatAnswered(_ result: Result<HeartbeatResponse, KafkaError>, generation: Int32, now: Int64) {
        isHeartbeatInFlight = false
        // An answer for an earlier generation says nothing about this one.
        guard state == .stable || state == .revoking || state == .assigning, generation == self.generation else {
            return
        }
        nextHeartbeat = now.saturatingAdd(heartbeatPause(now: now))
        switch result {
        case .failure(let error):
            if !error.isRetriable { return fail(error) }
            nextHeartbeat =
                now.saturatingAdd(
                    min(configuration.heartbeatInterval, configuration.retryPolicy.maximumBackoff.milliseconds))
        case .success(let response):
            let code = KafkaErrorCode(rawValue: response.errorCode)
            switch code {
            case .none: break
            case .rebalanceInProgress:
                if state == .stable { giveBack(now: now) }
            case _ where code.isRetriable:
                nextHeartbeat = now.saturatingAdd(configuration.retryPolicy.initialBackoff.milliseconds)
            default: refused(code, "stay in", now: now, random: 0)
            }
        }
    }

    private func heartbeatPause(now: Int64) -> Int64 {
        now < expectsRebalanceUntil ? max(1, configuration.heartbeatInterval / 30) : configuration.heartbeatInterval
    }

    mutating func left() {
        guard state == .leaving else { return }
        state = .outside
        memberID = ""
        generation = -1
        disown()
    }
}

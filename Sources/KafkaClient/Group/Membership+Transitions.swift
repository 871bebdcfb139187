import KafkaProtocol

/// How a member comes from one state to another.
extension Membership {
    /// The group has chosen among what its members offer.
    mutating func agree(on name: String?) {
        if let earlier = configuration.assignor.earlierForm, name == earlier.name {
            assignor = earlier
        } else {
            assignor = configuration.assignor
            hasAgreed = true
        }
        // What a cooperative member claims as it joins is not given to others in the new generation.
        if assignor.isCooperative, !owned.isEmpty { lastIdentity = (memberID, generation) }
    }

    mutating func take(_ assignment: MemberAssignment, now: Int64) {
        givenBack = []
        if configuration.findsTopics {
            topics = (topics + assignment.partitions.map(\.topic)).distinctNames().map(\.string)
        }
        guard assignor.isCooperative else {
            owned = assignment.partitions
            pending.append(.assigned(assignment))
            if mustRejoin { giveBack(now: now) }
            return
        }
        let (before, after) = (Set(owned), Set(assignment.partitions))
        let new = assignment.partitions.filter { !before.contains($0) }
        if before.isSubset(of: after) {
            owned = assignment.partitions
            pending.append(.extended(assignment, new: new))
            if mustRejoin { giveBack(now: now) }
        } else {
            gain = (assignment, new)
            revoke(keeping: owned.filter { after.contains($0) })
        }
    }

    /// Before joining again: gives back all, or with a cooperative assignor what is not wanted any more.
    mutating func giveBack(now: Int64) {
        mustRejoin = false
        let wanted = assignor.isCooperative ? Set(topics.map { Name($0) }) : []
        let stay = owned.filter { wanted.contains($0.topicName) }
        if owned.count == stay.count {
            state = .unjoined(retryAt: now)
        } else {
            revoke(keeping: stay)
        }
    }

    mutating func revoke(keeping stay: [TopicPartition]) {
        state = .revoking
        kept = stay
        pending.append(.revoked(owned.filter { !stay.contains($0) }))
    }

    /// The coordinator answered with an error.
    mutating func refused(_ code: KafkaErrorCode, _ what: String, now: Int64, random: UInt64) {
        switch code {
        case .unknownMemberId, .illegalGeneration:
            if code == .unknownMemberId { memberID = "" }
            generation = -1
            lose()
            state = .unjoined(retryAt: now)
        case .rebalanceInProgress:
            state = .unjoined(retryAt: now)
        case .inconsistentGroupProtocol where configuration.waitsForOthers:
            lose()
            state = .unjoined(retryAt: now.saturatingAdd(configuration.heartbeatInterval))
        case .fencedInstanceId:
            var error = KafkaError.broker(code, "\(what) group \(configuration.groupID)")
            error.message +=
                ": another member has come as instance \(configuration.instanceID ?? "") (group.instance.id); give each an id of its own"
            fail(error)
        default:
            troubled(.broker(code, "\(what) group \(configuration.groupID)"), now: now, random: random)
        }
    }

    /// Joins again later if that can help.
    mutating func troubled(_ error: KafkaError, now: Int64, random: UInt64) {
        guard error.isRetriable else { return fail(error) }
        attempts += 1
        state = .unjoined(retryAt: now + configuration.retryPolicy.delay(afterAttempt: attempts, random: random))
    }

    mutating func lose() {
        tenure += 1
        let lost = owned
        disown()
        if !lost.isEmpty { pending.append(.lost(lost)) }
    }

    mutating func disown() {
        owned = []
        kept = []
        gain = nil
        givenBack = []
        hasAgreed = false
    }

    mutating func fail(_ error: KafkaError) {
        lose()
        state = .failed
        var fatal = error
        fatal.isFatal = true
        pending.append(.failed(fatal))
    }
}

internal import KafkaProtocol

extension GroupCoordinator {
    /// Joins a group by the consumer protocol, keeps the member in it and tells what it is to have.
    func heartbeat(_ id: Name, _ beat: ConsumerHeartbeat) throws -> ConsumerHeartbeatAnswer {
        try transact(id) { group, topics, now, actions in
            if beat.epoch == 0 { actions += try group.useConsumerProtocol(topics: topics, now: now) }
            guard let answer = try group.consumer?.heartbeat(beat, topics: topics, now: now) else {
                throw Self.noConsumerGroup(id)
            }
            return answer
        }
    }

    /// A member leaves a group of the consumer protocol, a static one for a while if `epoch` is -2.
    func leave(_ id: Name, memberID: Name, instanceID: Name?, epoch: Int32) throws {
        try transact(id) { group, _, _, _ in
            guard try group.consumer?.leave(memberID, instanceID: instanceID, epoch: epoch) != nil else {
                throw Self.noConsumerGroup(id)
            }
        }
    }

    static func noConsumerGroup(_ id: Name) -> RequestError {
        RequestError(.groupIdNotFound, "There is no group '\(id)' of the consumer protocol.")
    }
}

// Requests of the classic protocol to groups of the other.
extension GroupCoordinator {
    /// Joins if the group's members use the consumer protocol. Nil if they do not, or are none: then it is of the classic
    /// protocol on return.
    func joinConsumers(
        _ group: inout Group, _ event: JoinEvent, now: Int64, _ actions: inout [GroupAction]
    ) -> JoinResult? {
        guard group.consumer != nil else { return nil }
        do {
            return try transact(&group, now: now, &actions) { group, topics, _ in
                group.useClassicProtocolIfEmpty()
                return try group.consumer?.join(event, topics: topics, now: now)
            }
        } catch {
            return JoinResult(error: RequestError(error).code, memberID: event.memberID)
        }
    }

    /// Leaves a group whose members use the consumer protocol; nil for another.
    func leaveConsumers(
        _ group: inout Group, memberID: Name, instanceID: Name?, now: Int64, _ actions: inout [GroupAction]
    ) -> KafkaErrorCode? {
        guard group.consumer != nil else { return nil }
        do {
            try transact(&group, now: now, &actions) { group, _, _ in
                // An instance may be named without its member, by whoever administers the group.
                let holder = instanceID.flatMap { group.consumer?.staticMembers[$0] }
                try group.consumer?.leave(
                    memberID.isEmpty ? holder ?? memberID : memberID, instanceID: instanceID, epoch: -1)
            }
            return KafkaErrorCode.none
        } catch {
            return RequestError(error).code
        }
    }
}

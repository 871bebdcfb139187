internal import KafkaProtocol

extension ConsumerGroup {
    /// What is wrong with a commit; `.none` if nothing. Without members anyone may commit without an epoch; in a transaction
    /// a commit need not say who it comes from.
    func commitError(by committer: GroupCoordinator.Committer) -> KafkaErrorCode {
        let isTransactional = committer.producerID != nil
        if committer.generation < 0, members.isEmpty { return .none }
        if isTransactional, committer.generation == -1, committer.memberID.isEmpty, committer.instanceID == nil {
            return .none
        }
        guard let member = members[committer.memberID] else { return .unknownMemberId }
        guard isTransactional || member.usesClassicProtocol || committer.knowsMemberEpochs else {
            return .unsupportedVersion
        }
        guard committer.generation != member.current.epoch else { return .none }
        return isTransactional || member.usesClassicProtocol ? .illegalGeneration : .staleMemberEpoch
    }

    /// What is wrong with a member's asking for offsets; `.none` if nothing. Whoever is no member need not say who it is.
    func fetchError(memberID: Name?, epoch: Int32) -> KafkaErrorCode {
        guard memberID != nil || epoch >= 0 else { return .none }
        guard let member = members[memberID ?? ""] else { return .unknownMemberId }
        guard epoch != member.current.epoch else { return .none }
        return member.usesClassicProtocol ? .illegalGeneration : .staleMemberEpoch
    }
}

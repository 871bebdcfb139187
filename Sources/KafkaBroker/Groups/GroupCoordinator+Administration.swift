internal import KafkaProtocol
internal import Synchronization

extension GroupCoordinator {
    /// All groups by id.
    var all: [Group] { state.withLock { Array($0.groups.values) }.sorted { $0.id < $1.id } }

    func group(_ id: Name) -> Group? { state.withLock { $0.groups[id] } }

    /// Removes a group without members, with its offsets.
    func delete(_ id: Name) -> KafkaErrorCode {
        state.withLock { state in
            guard let group = state.groups[id] else { return .groupIdNotFound }
            guard group.hasNoMembers else { return .nonEmptyGroup }
            do {
                let offsets = try group.offsets.keys.sorted().map {
                    try GroupRecord.offset(group: id, $0, nil).encoded()
                }
                try log.append(offsets + group.tombstones.map { try $0.encoded() })
            } catch {
                return RequestError(error).code
            }
            state.groups[id] = nil
            return .none
        }
    }
}

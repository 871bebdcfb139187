import KafkaClient
import KafkaProtocol

/// Something that was committed and is not there any more. With exactly-once a task refuses to go on from what is left, which
/// would be a state that never was; with at-least-once it is told, and gone on.
enum LostState: Equatable {
    /// The changelog of a store ends before what was committed: it was deleted, made anew, or its broker has lost data.
    case shortChangelog(TopicPartition, store: String, end: Int64, committed: Int64)
    /// A store's changelog has records, and there are no committed offsets of the task's inputs to go on from.
    case changelogWithoutOffsets(of: String)
    /// An input ends before its committed offset.
    case offsetBeyondEnd(TopicPartition, offset: Int64, end: Int64)

    /// What is lost, as far as ends tell. `ends` has the first offset after the last record of each partition; what is not
    /// there counts as empty.
    static func find(
        committed: [TopicPartition: OffsetAndMetadata], changelogs: [(store: String, partition: TopicPartition)],
        ends: [TopicPartition: Int64]
    ) -> [LostState] {
        var found: [LostState] = []
        var known: [String: Int64] = [:]
        for (partition, offset) in committed.sorted(by: { $0.key < $1.key }) {
            let end = ends[partition] ?? 0
            if offset.offset > end { found.append(.offsetBeyondEnd(partition, offset: offset.offset, end: end)) }
            known.merge(TaskProgress(offset.metadata)?.entries ?? [:], uniquingKeysWith: max)
        }
        for (store, partition) in changelogs {
            guard let committed = known[TaskProgress.key(endOf: store)] else { continue }
            let end = ends[partition] ?? 0
            if end < committed {
                found.append(.shortChangelog(partition, store: store, end: end, committed: committed))
            }
        }
        return found
    }
}

extension LostState: CustomStringConvertible {
    var description: String {
        switch self {
        case .shortChangelog(let partition, let store, let end, let committed):
            "the changelog \(partition) of the store \(store) ends at offset \(end), although it was committed up to \(committed)"
        case .changelogWithoutOffsets(let store):
            "the store \(store) has a changelog with records, but no offsets are committed to go on from"
        case .offsetBeyondEnd(let partition, let offset, let end):
            "\(partition) ends at offset \(end), although it was processed and committed up to \(offset)"
        }
    }
}

extension TaskRunner {
    /// The changelogs of the task's stores.
    func changelogs(of work: TaskWork) -> [(store: String, partition: TopicPartition)] {
        work.core.task.storeNames.compactMap { store in
            application.blueprint.changelog(of: store).map { (store, TopicPartition($0, id.partition)) }
        }
    }

    /// Compares what is in the topics with what was committed.
    func checkState(_ work: TaskWork, _ committed: [TopicPartition: OffsetAndMetadata]) async throws {
        guard !committed.isEmpty else { return }
        let changelogs = changelogs(of: work)
        let asked = Set(changelogs.map(\.partition)).union(committed.keys)
        let ends = try await AdminClient(client: application.client)
            .listOffsets(Dictionary(uniqueKeysWithValues: asked.map { ($0, .latest) })).mapValues(\.offset)
        try found(LostState.find(committed: committed, changelogs: changelogs, ends: ends))
    }

    /// Refuses to go on, or warns.
    func found(_ lost: [LostState]) throws {
        guard !lost.isEmpty else { return }
        let settings = application.configuration
        let text = lost.map(\.description).joined(separator: "; ")
        guard settings.guarantee == .exactlyOnce, !settings.acceptsLostState else {
            return application.warn("state is lost, results may be wrong: \(text)", about: id)
        }
        throw StreamsError(
            .lostState,
            "\(text): some of the application's state is lost. Reset the application to begin anew, or accept the loss "
                + "once and go on with what is left (acceptsLostState, --accept-lost-state)")
    }
}

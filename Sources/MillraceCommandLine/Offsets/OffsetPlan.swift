public import KafkaClient
public import KafkaProtocol

/// Where the offsets of a group go: worked out first, so that it can be shown before anything is changed.
public struct OffsetPlan: Sendable, Equatable {
    /// The move of one partition.
    public struct Move: Sendable, Equatable {
        /// What is committed; nil if nothing is.
        public let current: Int64?
        /// What will be committed.
        public let new: Int64
        /// What was asked for, if that is before the first or behind the last record, so that `new` is another.
        public let wanted: Int64?
    }

    /// What there is of a partition.
    struct Range: Equatable {
        let start: Int64
        let end: Int64
        var committed: Int64?
        /// The first record of the time that was asked for, or a later one; nil if there is none.
        var ofTime: Int64?
    }

    /// The partitions that move.
    public private(set) var moves: [TopicPartition: Move] = [:]
    /// The partitions that were asked for and cannot move, as they have no offset to be shifted from.
    public private(set) var unmoved: [TopicPartition] = []

    /// Offsets stay between the first and the last record, as with Kafka's tools.
    init(_ target: OffsetTarget, _ ranges: [TopicPartition: Range]) {
        for (partition, range) in ranges {
            let wanted: Int64
            switch target {
            case .earliest: wanted = range.start
            case .latest: wanted = range.end
            case .current: wanted = range.committed ?? range.end
            case .offset(let offset): wanted = offset
            case .time: wanted = range.ofTime ?? range.end
            case .shift(let count):
                guard let committed = range.committed else {
                    unmoved.append(partition)
                    continue
                }
                wanted = committed.saturatingAdd(count)
            case .each(let offsets):
                guard let offset = offsets[partition] else { continue }
                wanted = offset
            }
            let new = min(max(wanted, range.start), max(range.start, range.end))
            moves[partition] = Move(current: range.committed, new: new, wanted: new == wanted ? nil : wanted)
        }
        unmoved.sort()
    }

    /// Looks up what is needed on the cluster. Throws `KafkaError`, also for a topic that is not there.
    public init(
        _ target: OffsetTarget, for partitions: [TopicPartition], of group: String, _ admin: AdminClient
    ) async throws {
        func look(_ spec: OffsetSpec) async throws -> [TopicPartition: Int64] {
            let specs = Dictionary(uniqueKeysWithValues: Set(partitions).map { ($0, spec) })
            return try await admin.listOffsets(specs).mapValues { $0.offset }
        }
        let committed = try await admin.committedOffsets(of: group, nil)
        let (starts, ends) = (try await look(.earliest), try await look(.latest))
        var times: [TopicPartition: Int64] = [:]
        if case .time(let time) = target { times = try await look(.timestamp(time)) }
        self.init(
            target,
            Dictionary(
                uniqueKeysWithValues: Set(partitions).map { partition in
                    (
                        partition,
                        Range(
                            start: starts[partition] ?? 0, end: ends[partition] ?? 0,
                            committed: committed[partition]?.offset,
                            ofTime: times[partition].flatMap { $0 < 0 ? nil : $0 })
                    )
                }))
    }

    /// The plan as a list.
    public var listing: Listing {
        var listing = Listing("topic", "partition", "current", "new")
        for (partition, move) in moves.sorted(by: { $0.key < $1.key }) {
            listing.add(.text(partition.topic), .init(partition.partition), .init(move.current), .init(move.new))
        }
        return listing
    }

    /// The plan as lines that `--from-file` reads.
    public var export: String { OffsetFile.text(moves.mapValues(\.new)) }

    /// Tells what does not go as it was asked for.
    public func tell(_ console: Console) {
        for (partition, move) in moves.sorted(by: { $0.key < $1.key }) {
            guard let wanted = move.wanted else { continue }
            console.warning("\(partition): offset \(wanted) is out of range, \(move.new) is taken")
        }
        for partition in unmoved { console.warning("\(partition): nothing is committed that could be shifted") }
    }

    /// Commits the offsets for a group without members. Throws `KafkaError`.
    public func execute(for group: String, _ admin: AdminClient) async throws {
        guard !moves.isEmpty else { return }
        try await admin.alterOffsets(of: group, moves.mapValues { OffsetAndMetadata(offset: $0.new) })
    }
}

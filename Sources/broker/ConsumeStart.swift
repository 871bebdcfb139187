import KafkaClient
import KafkaProtocol
import MillraceCommandLine

/// Which topics and partitions a command reads.
struct TopicSelection: Sendable {
    private let names: [String]
    private let pattern: String?
    private let numbers: Set<Int32>

    /// Throws `UsageError` if none are named.
    init(_ arguments: ParsedArguments) throws {
        names = arguments.texts("topic")
        pattern = arguments.text("topic-pattern")
        numbers = Set(arguments.texts("partition").compactMap { Int32($0) })
        guard !names.isEmpty || pattern != nil else { throw UsageError("say what: --topic or --topic-pattern") }
    }

    /// Whether single partitions are named.
    var hasPartitions: Bool { !numbers.isEmpty }

    /// The topics that there are. Throws `CommandFailure` if one that is named is not there, or none matches.
    func topics(_ client: KafkaClient) async throws -> [String] {
        for name in names { _ = try await client.existingPartitions(of: name) }
        guard let pattern else { return names.distinctNames().map(\.string) }
        let regex = try Regex(pattern)
        let matching = try await AdminClient(client: client).listTopics().filter { $0.wholeMatch(of: regex) != nil }
        guard !matching.isEmpty || !names.isEmpty else { throw CommandFailure("no topic matches \(pattern)") }
        return (names + matching).distinctNames().map(\.string)
    }

    /// The partitions, in order. Throws `CommandFailure` as `topics` does, and for a partition that no topic has.
    func partitions(_ client: KafkaClient) async throws -> [TopicPartition] {
        var all: [TopicPartition] = []
        for topic in try await topics(client) { all += try await client.existingPartitions(of: topic) }
        guard hasPartitions else { return all }
        let chosen = all.filter { numbers.contains($0.partition) }
        guard numbers.isSubset(of: Set(chosen.map(\.partition))) else {
            let missing = numbers.subtracting(chosen.map(\.partition)).sorted().map(String.init).joined(separator: ", ")
            throw CommandFailure("there is no partition \(missing)")
        }
        return chosen
    }
}

/// Where a command begins to read.
enum ConsumeStart: Sendable, Equatable {
    case latest
    case earliest
    case offset(Int64)
    case time(Int64)
    /// So many offsets before the end.
    case tail(Int64)

    /// Throws `UsageError` if the command line says more than one.
    init(_ arguments: ParsedArguments) throws {
        var given: [(name: String, start: ConsumeStart)] = []
        if arguments.flag("from-beginning") { given.append(("from-beginning", .earliest)) }
        if let offset = arguments.integer("offset") { given.append(("offset", .offset(Int64(offset)))) }
        if let text = arguments.text("from-datetime") {
            given.append(("from-datetime", .time(try Datetime(parsing: text).milliseconds)))
        }
        if let count = arguments.integer("tail") { given.append(("tail", .tail(Int64(count)))) }
        guard given.count <= 1 else {
            throw UsageError("only one of \(given.map { "--\($0.name)" }.joined(separator: ", ")) can hold")
        }
        self = given.first?.start ?? .latest
    }

    /// Where each partition begins and, if they are needed, the ends of what there is; partitions that have nothing to read
    /// before their ends are left out then.
    func places(
        _ partitions: [TopicPartition], isolation: IsolationLevel, needsEnds: Bool, _ admin: AdminClient
    ) async throws -> (starts: [TopicPartition: StartPosition], ends: [TopicPartition: Int64]) {
        func all<T>(_ value: T) -> [TopicPartition: T] { Dictionary(uniqueKeysWithValues: partitions.map { ($0, value) }) }
        func look(_ spec: OffsetSpec) async throws -> [TopicPartition: Int64] {
            try await admin.listOffsets(all(spec), isolation: isolation).mapValues(\.offset)
        }
        switch self {
        case .latest where !needsEnds: return (all(.latest), [:])
        case .earliest where !needsEnds: return (all(.earliest), [:])
        default: break
        }
        let (first, ends) = (try await look(.earliest), try await look(.latest))
        var times: [TopicPartition: Int64] = [:]
        if case .time(let time) = self { times = try await look(.timestamp(time)) }
        var starts: [TopicPartition: StartPosition] = [:]
        for partition in partitions {
            let (low, end) = (first[partition] ?? 0, ends[partition] ?? 0)
            let wanted: Int64 =
                switch self {
                case .latest: end
                case .earliest: low
                case .offset(let offset): offset
                case .time: times[partition].flatMap { $0 < 0 ? nil : $0 } ?? end
                case .tail(let count): end.saturatingSubtract(count)
                }
            let start = min(max(wanted, low), max(low, end))
            if !needsEnds || start < end { starts[partition] = .offset(start) }
        }
        return (starts, needsEnds ? ends.filter { starts[$0.key] != nil } : [:])
    }
}

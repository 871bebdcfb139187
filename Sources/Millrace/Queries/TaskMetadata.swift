import KafkaClient
public import KafkaProtocol

/// A task of an instance at a moment. Kafka Streams' `TaskMetadata`.
public struct TaskMetadata: Sendable, Hashable {
    /// What a task is doing.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It is given to the instance, and not open yet, or between two lives.
        case starting
        /// Its stores are being restored.
        case restoring
        /// It processes, or waits for input.
        case running
        /// It processes nothing until it is told to go on.
        case paused
        /// Another instance processes it; this one follows its changelogs.
        case standby
        /// It has failed for good while the others go on.
        case failed
    }

    /// An input of a task.
    public struct Input: Sendable, Hashable {
        /// The partition.
        public let partition: TopicPartition
        /// The offset after the last record processed.
        public let position: Int64
        /// The offset committed last; nil if there is none.
        public let committed: Int64?
        /// The offset after the last record at the broker, as of the last fetch; nil if that is not known.
        public let end: Int64?
        /// The largest event time processed from it, in milliseconds; -1 before the first record.
        public let time: Int64

        /// How many records are still to come, as of the last fetch.
        public var lag: Int64 { max(0, (end ?? position).saturatingSubtract(position)) }
    }

    /// A store of a task.
    public struct Store: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// About how many rows it has; of stores of sessions, sliding windows, joins and versions in memory, keys. Nil of stores that do not
        /// count.
        public let rows: Int?
        /// By how many records it is behind its changelog; nil if that is not known.
        public let lag: Int64?
    }

    /// The task.
    public let id: TaskID
    /// What it is doing.
    public let state: State
    /// The partitions that it reads; of a standby those that it would.
    public var partitions: [TopicPartition] { inputs.map(\.partition) }
    /// Its inputs. Empty of a task that is not open.
    public let inputs: [Input]
    /// The largest event time processed, in milliseconds; -1 before the first record.
    public let streamTime: Int64
    /// Its stores. Empty of a task that is not open.
    public let stores: [Store]
    /// Why it has failed for good, if it has.
    public let failure: StreamsError?
    /// For how long its steps have been busy in one turn, if that is why the rest is not known: they did not answer.
    public let busyFor: Duration?

    /// How many records are still to come from all inputs, as of the last fetches.
    public var lag: Int64 { inputs.reduce(0) { $0.saturatingAdd($1.lag) } }

    /// Two are equal if they are of the same task at the same place.
    public static func == (left: TaskMetadata, right: TaskMetadata) -> Bool {
        (left.id, left.state, left.streamTime) == (right.id, right.state, right.streamTime) && left.inputs == right.inputs
            && left.stores == right.stores
    }

    /// By what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(state)
        hasher.combine(inputs)
    }
}

extension StreamsApplication {
    /// The tasks that the instance has, standbys included, in order. Each is asked in a turn of its own, so this may take about a slice;
    /// one that is too busy to answer within a second says so.
    public var tasks: [TaskMetadata] {
        get async {
            let open = live.all
            let given = live.assignment
            let ids = Set(open.keys).union(given?.active ?? []).union(given?.followed ?? [])
            return await withTaskGroup(of: TaskMetadata.self) { group in
                for id in ids {
                    let entry = open[id]
                    group.addTask { await self.describe(id, entry) }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted { $0.id < $1.id }
            }
        }
    }

    private func describe(_ id: TaskID, _ entry: LiveTasks.Entry?) async -> TaskMetadata {
        let failure = stoppedTasks[id]?.error
        guard let entry else {
            return TaskMetadata(
                id: id, state: failure == nil ? .starting : .failed, inputs: [], streamTime: -1, stores: [], failure: failure,
                busyFor: nil)
        }
        let now = client.environment.now()
        let (core, lags) = (entry.core, entry.lags)
        let state: TaskMetadata.State = entry.state != .standby && isPaused(id.subTopology) ? .paused : entry.state
        let found = try? await core.turns.query(until: now.saturatingAdd(1000)) {
            (inputs: core.inputs, time: core.task.streamTime, rows: core.task.rowCounts)
        }
        return TaskMetadata(
            id: id, state: state, inputs: found?.inputs ?? [], streamTime: found?.time ?? -1,
            stores: (found?.rows ?? []).map { store, rows in
                .init(name: store, rows: rows, lag: lags[store] ?? (entry.state == .running ? 0 : nil))
            }, failure: failure,
            busyFor: found == nil ? core.turn.map { .milliseconds(max(0, now.saturatingSubtract($0.since))) } : nil)
    }

    /// How far the stores that are here, of active tasks and of standbys, are behind their changelogs. Kafka Streams'
    /// `allLocalStorePartitionLags`.
    public var lags: [StoreLag] {
        live.all.sorted { $0.key < $1.key }.flatMap { id, entry in
            entry.core.task.storeNames.filter { blueprint.changelog(of: $0) != nil || blueprint.sourceChangelog(of: $0) != nil }
                .sorted().map { store in
                    StoreLag(
                        store: store, partition: id.partition, state: entry.state,
                        records: entry.lags[store] ?? (entry.state == .running ? 0 : nil))
                }
        }
    }
}

extension TaskCore {
    /// The inputs, with how far they are processed.
    var inputs: [TaskMetadata.Input] {
        task.inputs.indices.map { index in
            let input = task.inputs[index]
            return TaskMetadata.Input(
                partition: input.topicPartition, position: input.position, committed: committed[index],
                end: consumer.endOffset(input.topicPartition), time: input.partitionTime)
        }
    }

    /// Up to where the inputs are processed.
    var position: QueryPosition {
        QueryPosition(
            Dictionary(
                task.inputs.map { ($0.topicPartition, $0.position) }, uniquingKeysWith: { first, _ in first }))
    }
}

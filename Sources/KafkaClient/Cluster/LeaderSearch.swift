import KafkaProtocol
import Synchronization

/// Looking up leaders of partitions that have none that is known: when to ask, and which partitions do not exist. Without
/// I/O; a producer and a consumer have one each.
struct LeaderSearch {
    /// What an answer says of a partition.
    enum Verdict: Equatable, Error, CustomStringConvertible {
        case found
        /// There is a partition but no leader now, or nobody answered.
        case notNow
        /// There is no such topic or partition, or it may not be read or written.
        case missing(KafkaErrorCode)

        var description: String {
            switch self {
            case .found: "its leader is known"
            case .notNow: "it has no leader, or no broker that knows it can be reached"
            case .missing(let code): "\(code)"
            }
        }
    }

    private var asking: Set<TopicPartition> = []
    private var missing: [TopicPartition: (since: Int64, code: KafkaErrorCode)] = [:]
    private var retryAt: Int64 = 0
    private var attempts = 0

    /// Which of `wanted` to ask for now, or else when to look again.
    mutating func plan(_ wanted: Set<TopicPartition>, now: Int64) -> (ask: [TopicPartition], retryAt: Int64?) {
        let open = wanted.subtracting(asking)
        if open.isEmpty { return ([], nil) }
        if retryAt > now { return ([], retryAt) }
        asking.formUnion(open)
        return (open.sorted(), nil)
    }

    /// Takes in what was found. Returns the partitions that are now found not to exist, and were not before.
    mutating func answered(
        _ verdicts: [TopicPartition: Verdict], now: Int64, retryAfter: (_ attempt: Int) -> Int64
    ) -> [TopicPartition: KafkaErrorCode] {
        asking.subtract(verdicts.keys)
        var fresh: [TopicPartition: KafkaErrorCode] = [:]
        for (topicPartition, verdict) in verdicts {
            switch verdict {
            case .found: missing[topicPartition] = nil
            case .notNow: break
            case .missing(let code):
                if missing[topicPartition] == nil {
                    missing[topicPartition] = (now, code)
                    fresh[topicPartition] = code
                }
            }
        }
        if verdicts.values.allSatisfy({ $0 == .found }) {
            attempts = 0
            retryAt = 0
        } else {
            attempts += 1
            retryAt = now + retryAfter(attempts)
        }
        return fresh
    }

    /// Takes out the partitions that have not existed for `time` or longer.
    mutating func missing(for time: Int64, now: Int64) -> [TopicPartition: KafkaErrorCode] {
        let gone = missing.filter { now - $0.value.since >= time }
        for topicPartition in gone.keys { missing[topicPartition] = nil }
        return gone.mapValues(\.code)
    }
}

extension KafkaClient {
    /// Looks up the leaders of `partitions`.
    func findLeaders(
        of partitions: [TopicPartition], allowCreation: Bool? = nil
    ) async -> [TopicPartition: LeaderSearch.Verdict] {
        let topics = Set(partitions.map(\.topicName)).sorted()
        let errors: [Name: KafkaErrorCode]
        do {
            errors = try await refresh(topics, allowCreation: allowCreation)
        } catch {
            return Dictionary(uniqueKeysWithValues: partitions.map { ($0, .notNow) })
        }
        return cluster.metadata.withLock { metadata in
            var verdicts: [TopicPartition: LeaderSearch.Verdict] = [:]
            for topicPartition in partitions where verdicts[topicPartition] == nil {
                if metadata.leader(of: topicPartition) != nil {
                    verdicts[topicPartition] = .found
                } else if let code = errors[topicPartition.topicName] {
                    verdicts[topicPartition] = code == .leaderNotAvailable ? .notNow : .missing(code)
                } else if metadata.topic(topicPartition.topicName) != nil, metadata.partition(topicPartition) == nil {
                    verdicts[topicPartition] = .missing(.unknownTopicOrPartition)
                } else {
                    verdicts[topicPartition] = .notNow
                }
            }
            // What was not found must be asked for, not remembered.
            for (topicPartition, verdict) in verdicts where verdict != .found {
                metadata.invalidate(topicPartition.topicName)
            }
            return verdicts
        }
    }
}

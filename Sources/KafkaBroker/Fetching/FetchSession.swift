internal import KafkaProtocol

/// What a client fetches again and again, so that its requests and the answers need to hold only what changes (KIP-227).
struct FetchSession: Sendable {
    /// A partition, with what the client was last told of it.
    struct Partition: Sendable {
        var target: FetchTarget
        var highWatermark: Int64 = -1
        var logStartOffset: Int64 = -1

        /// Whether the client must be told of an answer; notes that it is.
        mutating func takesNotice(of answer: FetchResponse.PartitionData) -> Bool {
            let isError = answer.errorCode != 0
            let isNew =
                isError || answer.records.map { !$0.isEmpty } ?? false || answer.highWatermark != highWatermark
                || answer.logStartOffset != logStartOffset
            // After an error the next good answer must be told, whatever it says.
            highWatermark = isError ? -1 : answer.highWatermark
            logStartOffset = isError ? -1 : answer.logStartOffset
            return isNew
        }
    }

    let id: Int32
    /// Whether topics are named by id; that cannot change in a session.
    let usesTopicIDs: Bool
    let createdAt: Int64
    var lastUsed: Int64
    /// The number that the next request must have.
    var epoch: Int32
    private(set) var partitions: [Partition] = []
    private var places: [FetchTarget.Key: Int] = [:]

    init(id: Int32, usesTopicIDs: Bool, targets: [FetchTarget], now: Int64) {
        self.id = id
        self.usesTopicIDs = usesTopicIDs
        createdAt = now
        lastUsed = now
        epoch = 1
        change(targets, forgetting: [])
    }

    /// The epoch after `epoch`: 0 and -1 are no epochs of a session.
    static func epoch(after epoch: Int32) -> Int32 { epoch == .max ? 1 : epoch + 1 }

    var targets: [FetchTarget] { partitions.map(\.target) }

    /// Adds and changes partitions, then takes others out.
    mutating func change(_ targets: [FetchTarget], forgetting forgotten: Set<FetchTarget.Key>) {
        for target in targets {
            if let place = places[target.key] {
                partitions[place].target = target
            } else {
                places[target.key] = partitions.count
                partitions.append(Partition(target: target))
            }
        }
        guard !forgotten.isEmpty else { return }
        partitions.removeAll { forgotten.contains($0.target.key) }
        places = Dictionary(
            partitions.enumerated().map { ($0.element.target.key, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// Which of the answers, in the order of `targets`, the client must be told of.
    mutating func takeNotice(of answers: [FetchResponse.PartitionData]) -> [Bool] {
        answers.enumerated().map { place, answer in
            place >= partitions.count || partitions[place].takesNotice(of: answer)
        }
    }
}

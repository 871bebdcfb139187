import KafkaProtocol

/// What a consumer fetches from where, and what it has read ahead: its core, without I/O.
///
/// A partition is fetched while its buffer has room, by one request at a time. Partitions that become fetchable while a
/// request to their leader waits for records are asked for in a request of their own, so that none waits for another.
struct FetchState {
    /// Finding out where to begin.
    enum Positioning: Equatable {
        case none
        case needed(StartPosition)
        case asking(StartPosition)
    }

    struct Partition {
        /// The next offset for the user; nil until it is known.
        var position: Int64?
        /// The next offset to fetch.
        var fetchOffset: Int64 = 0
        var buffer: [RecordBatch] = []
        var bufferedBytes = 0
        var positioning: Positioning
        var isPaused = false
        var isFetching = false
        /// Raised by each change of position, so that answers to earlier requests are dropped.
        var epoch: UInt64
        var highWatermark: Int64 = -1
        var lastStableOffset: Int64 = -1
        var logStartOffset: Int64 = -1
        var retryAt: Int64 = 0
        var attempts = 0
        var emptyFetches = 0
        var error: KafkaError?
        /// The topic that the positions are of.
        var topicID = KafkaUUID.zero
        var listener: (@Sendable () -> Void)?
    }

    /// One fetch request.
    struct Request: Sendable {
        struct Entry: Sendable, Equatable {
            var topicPartition: TopicPartition
            var offset: Int64
            var epoch: UInt64
        }
        var node: Int32
        var maxWait: Int64
        var entries: [Entry]

        mutating func add(_ entry: Entry, wait: Int64) {
            entries.append(entry)
            maxWait = min(maxWait, wait)
        }
    }

    /// What to do next.
    struct Plan {
        var requests: [Request] = []
        var positionsNeeded: [(TopicPartition, StartPosition, epoch: UInt64)] = []
        var withoutLeader: Set<TopicPartition> = []
        var deadline: Int64?
        mutating func wake(at time: Int64) { deadline = min(deadline ?? .max, time) }
    }

    /// What a fetch brought for one partition.
    enum Outcome: Sendable {
        case batches(BatchFilter.Result, highWatermark: Int64, lastStableOffset: Int64, logStartOffset: Int64)
        case refused(KafkaErrorCode)
        case failed(KafkaError)
    }

    let isolation: IsolationLevel
    let bufferBytes: Int
    let maxWait: Int64
    let reset: OffsetReset
    let retryPolicy: RetryPolicy
    private(set) var partitions: [TopicPartition: Partition] = [:]
    private var lastEpoch: UInt64 = 0

    init(isolation: IsolationLevel, bufferBytes: Int, maxWait: Int64, reset: OffsetReset, retryPolicy: RetryPolicy) {
        self.isolation = isolation
        self.bufferBytes = bufferBytes
        self.maxWait = maxWait
        self.reset = reset
        self.retryPolicy = retryPolicy
    }

    // MARK: What the user wants

    /// Fetches exactly these partitions from now on. Those that were fetched before and stay keep their position and buffer
    /// unless `restart` is set. Returns the listeners of partitions that are gone.
    mutating func assign(_ starts: [TopicPartition: StartPosition], restart: Bool) {
        var kept: [TopicPartition: Partition] = [:]
        for (topicPartition, start) in starts {
            if !restart, let old = partitions[topicPartition] {
                kept[topicPartition] = old
            } else {
                lastEpoch += 1
                var partition = Partition(positioning: .none, epoch: lastEpoch)
                partition.listener = partitions[topicPartition]?.listener
                place(&partition, at: start)
                kept[topicPartition] = partition
            }
        }
        partitions = kept
    }

    /// Moves to another position. What is read ahead is dropped.
    mutating func seek(_ topicPartition: TopicPartition, to start: StartPosition) -> Bool {
        guard var partition = partitions[topicPartition] else { return false }
        lastEpoch += 1
        partition.epoch = lastEpoch
        partition.isFetching = false
        partition.retryAt = 0
        partition.attempts = 0
        partition.highWatermark = -1
        partition.lastStableOffset = -1
        place(&partition, at: start)
        partitions[topicPartition] = partition
        return true
    }

    private func place(_ partition: inout Partition, at start: StartPosition) {
        partition.buffer = []
        partition.bufferedBytes = 0
        partition.error = nil
        partition.emptyFetches = 0
        if case .offset(let offset) = start {
            partition.position = offset
            partition.fetchOffset = offset
            partition.positioning = .none
        } else {
            partition.position = nil
            partition.positioning = .needed(start)
        }
    }

    /// The topic has this id by now. If the positions are of another, it was deleted and made again since: they mean nothing in what
    /// is there now, which is read from its first record. Returns what to tell.
    mutating func identify(_ topicPartition: TopicPartition, as id: KafkaUUID) -> KafkaError? {
        guard id != .zero, let old = partitions[topicPartition]?.topicID, old != id else { return nil }
        partitions[topicPartition]?.topicID = id
        guard old != .zero, seek(topicPartition, to: .earliest) else { return nil }
        var error = KafkaError(
            .offsetOutOfRange, "the topic \(topicPartition.topic) was deleted and made again", topicPartition: topicPartition)
        if reset == .none {
            partitions[topicPartition]?.error = error
        } else {
            error.message += ": \(topicPartition) is read from its first record"
            error.isRetriable = true
        }
        return error
    }

    mutating func setPaused(_ paused: Bool, _ topicPartition: TopicPartition) {
        partitions[topicPartition]?.isPaused = paused
    }

    mutating func setListener(_ listener: (@Sendable () -> Void)?, _ topicPartition: TopicPartition) {
        partitions[topicPartition]?.listener = listener
    }

    /// Takes out what is read ahead.
    mutating func take(_ topicPartition: TopicPartition) -> FetchedBatches? {
        guard let index = partitions.index(forKey: topicPartition) else { return nil }
        let partition = partitions.values[index]
        guard !partition.isPaused, !partition.buffer.isEmpty, let position = partition.position else { return nil }
        partitions.values[index].buffer = []
        partitions.values[index].bufferedBytes = 0
        partitions.values[index].position = partition.fetchOffset
        return FetchedBatches(
            topicPartition: topicPartition, batches: partition.buffer, position: position,
            nextOffset: partition.fetchOffset,
            highWatermark: partition.highWatermark, lastStableOffset: partition.lastStableOffset)
    }

    /// The end of what can be read, as the last fetch saw it; nil before the first.
    func endOffset(_ topicPartition: TopicPartition) -> Int64? {
        guard let partition = partitions[topicPartition] else { return nil }
        let end = isolation == .readCommitted ? partition.lastStableOffset : partition.highWatermark
        return end < 0 ? nil : end
    }

    // MARK: Fetching

    /// What can be fetched now.
    mutating func plan(now: Int64, leader: (TopicPartition) -> Int32?) -> Plan {
        var plan = Plan()
        var requests: [Int32: Request] = [:]
        for index in partitions.indices {
            let (topicPartition, partition) = partitions[index]
            guard !partition.isFetching, !partition.isPaused, partition.error == nil,
                partition.bufferedBytes < bufferBytes
            else { continue }
            if partition.retryAt > now {
                plan.wake(at: partition.retryAt)
                continue
            }
            switch partition.positioning {
            case .asking: continue
            case .needed(let start):
                partitions.values[index].positioning = .asking(start)
                plan.positionsNeeded.append((topicPartition, start, partition.epoch))
                continue
            case .none: break
            }
            guard let node = leader(topicPartition) else {
                plan.withoutLeader.insert(topicPartition)
                continue
            }
            partitions.values[index].isFetching = true
            let entry = Request.Entry(
                topicPartition: topicPartition, offset: partition.fetchOffset, epoch: partition.epoch)
            // The first fetch does not wait: the end of the log is then known at once. (Tansu leaves out partitions of a
            // fetch that must not wait; the next attempt does.)
            let isFirst = partition.highWatermark < 0 && partition.attempts == 0
            let wait = isFirst ? 0 : maxWait.saturatingMultiply(1 << Int64(min(3, max(0, partition.emptyFetches - 1))))
            requests[node, default: Request(node: node, maxWait: wait, entries: [])].add(entry, wait: wait)
        }
        plan.requests = requests.values.sorted { $0.node < $1.node }
        return plan
    }

    /// Takes in what a fetch brought for a partition. Returns whether its listener is to be called.
    mutating func fetched(
        _ entry: Request.Entry, _ outcome: Outcome, now: Int64, random: UInt64
    ) -> (notify: Bool, isStale: Bool, error: KafkaError?) {
        guard var partition = partitions[entry.topicPartition], partition.epoch == entry.epoch else {
            return (false, false, nil)
        }
        defer { partitions[entry.topicPartition] = partition }
        partition.isFetching = false
        switch outcome {
        case .batches(let result, let highWatermark, let lastStableOffset, let logStartOffset):
            partition.attempts = 0
            let wasAtEnd = isAtEnd(partition)
            let wasEmpty = partition.buffer.isEmpty
            partition.highWatermark = highWatermark
            partition.lastStableOffset = lastStableOffset
            partition.logStartOffset = logStartOffset
            partition.emptyFetches = result.nextOffset > partition.fetchOffset ? 0 : partition.emptyFetches + 1
            partition.fetchOffset = result.nextOffset
            partition.buffer += result.batches
            partition.bufferedBytes += result.size
            // Nothing to hand over: what was left out is behind us.
            if partition.buffer.isEmpty { partition.position = partition.fetchOffset }
            return ((wasEmpty && !partition.buffer.isEmpty) || (!wasAtEnd && isAtEnd(partition)), false, nil)
        case .refused(.offsetOutOfRange):
            return outOfRange(&partition, entry)
        case .refused(let code):
            let error = KafkaError.broker(
                code, "read \(entry.topicPartition) from offset \(entry.offset)", topicPartition: entry.topicPartition)
            return failed(&partition, error, now: now, random: random)
        case .failed(let error):
            return failed(&partition, error, now: now, random: random)
        }
    }

    private func failed(
        _ partition: inout Partition, _ error: KafkaError, now: Int64, random: UInt64
    ) -> (notify: Bool, isStale: Bool, error: KafkaError?) {
        let isStale = error.code == .connection || (error.errorCode?.isAboutLeadership ?? false)
        guard error.isRetriable else {
            partition.error = error
            return (true, isStale, error)
        }
        partition.attempts += 1
        partition.retryAt = now + retryPolicy.delay(afterAttempt: partition.attempts, random: random)
        return (false, isStale, nil)
    }

    private func outOfRange(
        _ partition: inout Partition, _ entry: Request.Entry
    ) -> (notify: Bool, isStale: Bool, error: KafkaError?) {
        var error = KafkaError(
            .offsetOutOfRange, "offset \(entry.offset) of \(entry.topicPartition) is not there any more, or not yet",
            errorCode: .offsetOutOfRange, topicPartition: entry.topicPartition, offset: entry.offset)
        if reset == .none {
            partition.error = error
            return (true, false, error)
        }
        error.message += "; the position is reset to the \(reset == .earliest ? "earliest" : "latest") record"
        error.isRetriable = true
        // What is read ahead is good; the position is reset behind it.
        partition.positioning = .needed(reset == .earliest ? .earliest : .latest)
        return (false, false, error)
    }

    /// Where to begin has been found out, or not.
    mutating func positioned(
        _ topicPartition: TopicPartition, epoch: UInt64, _ result: Result<Int64, KafkaError>, now: Int64, random: UInt64
    ) -> (notify: Bool, error: KafkaError?) {
        guard var partition = partitions[topicPartition], partition.epoch == epoch,
            case .asking(let start) = partition.positioning
        else { return (false, nil) }
        defer { partitions[topicPartition] = partition }
        switch result {
        case .success(let offset):
            partition.positioning = .none
            partition.attempts = 0
            partition.fetchOffset = offset
            if partition.buffer.isEmpty { partition.position = offset }
            return (false, nil)
        case .failure(let error):
            partition.positioning = .needed(start)
            let (notify, _, error) = failed(&partition, error, now: now, random: random)
            return (notify, error)
        }
    }

    /// Whether all that the last fetch saw has been handed over.
    func isAtEnd(_ topicPartition: TopicPartition) -> Bool {
        partitions[topicPartition].map { isAtEnd($0) } ?? false
    }

    private func isAtEnd(_ partition: Partition) -> Bool {
        let end = isolation == .readCommitted ? partition.lastStableOffset : partition.highWatermark
        guard let position = partition.position, end >= 0 else { return false }
        return partition.buffer.isEmpty && position >= end
    }
}

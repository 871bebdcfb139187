import KafkaProtocol

/// What the log remembers of one idempotent or transactional producer: enough to recognize repeated batches, gaps
/// and producers that were replaced (KIP-98).
struct ProducerState: Sendable, Equatable {
    /// One batch that was appended.
    struct Batch: Sendable, Equatable {
        var firstSequence: Int32
        var lastSequence: Int32
        var baseOffset: Int64
        var lastOffset: Int64
        /// The batch's latest timestamp.
        var timestamp: Int64
    }

    /// How many batches are remembered; a producer may have as many requests under way.
    static let remembered = 5

    let producerId: Int64
    var epoch: Int16
    /// The last batches of this epoch, oldest first.
    var batches: [Batch] = []
    /// When it last wrote, by the broker's clock, in milliseconds.
    var lastSeen: Int64
    /// The epoch of the transaction coordinator that last wrote a marker; -1 if none did.
    var coordinatorEpoch: Int32 = -1
    /// Where its open transaction begins; nil if none is open.
    var transactionStart: Int64?

    /// What a batch is to the producer's history.
    enum Verdict: Equatable {
        case next
        /// It was appended before, as this batch.
        case duplicate(Batch)
    }

    init(producerId: Int64, epoch: Int16, lastSeen: Int64) {
        self.producerId = producerId
        self.epoch = epoch
        self.lastSeen = lastSeen
    }

    /// The sequence number that the record after `sequence` carries; after the largest comes 0.
    static func sequence(after sequence: Int32, by delta: Int32 = 1) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(delta)) & Int64(Int32.max))
    }

    /// Judges a batch of the producer. `known` is false if the log had not heard of the producer before: then any
    /// sequence number may come first.
    func judge(_ header: RecordBatchHeader, known: Bool, in name: String) throws -> Verdict {
        let first = header.baseSequence
        let last = Self.sequence(after: first, by: header.lastOffsetDelta)
        guard header.producerEpoch >= epoch else {
            throw PartitionLogError(
                .invalidProducerEpoch,
                "\(name): epoch \(header.producerEpoch) of producer \(producerId) was replaced by \(epoch)")
        }
        if header.producerEpoch > epoch {
            guard first == 0 else {
                throw outOfOrder("the new epoch \(header.producerEpoch) begins with sequence number \(first)", name)
            }
            return .next
        }
        if let batch = batches.last(where: { $0.firstSequence == first && $0.lastSequence == last }) {
            return .duplicate(batch)
        }
        guard known else { return .next }
        let expected = batches.last.map { Self.sequence(after: $0.lastSequence) } ?? 0
        guard first == expected else {
            throw outOfOrder("sequence number \(first) where \(expected) is next", name)
        }
        return .next
    }

    private func outOfOrder(_ what: String, _ name: String) -> PartitionLogError {
        PartitionLogError(.outOfOrderSequenceNumber, "\(name), producer \(producerId): \(what)")
    }

    /// Takes note of a data batch at its final offsets.
    mutating func note(_ header: RecordBatchHeader, now: Int64) {
        if header.producerEpoch != epoch {
            epoch = header.producerEpoch
            batches.removeAll()
        }
        if batches.count == Self.remembered { batches.removeFirst() }
        batches.append(
            Batch(
                firstSequence: header.baseSequence,
                lastSequence: Self.sequence(after: header.baseSequence, by: header.lastOffsetDelta),
                baseOffset: header.baseOffset, lastOffset: header.lastOffset, timestamp: header.maxTimestamp))
        lastSeen = now
        if header.isTransactional, transactionStart == nil { transactionStart = header.baseOffset }
    }

    /// Takes note of a transaction marker.
    mutating func noteMarker(epoch markerEpoch: Int16, coordinatorEpoch: Int32, now: Int64) {
        if markerEpoch != epoch {
            epoch = markerEpoch
            batches.removeAll()
        }
        self.coordinatorEpoch = coordinatorEpoch
        transactionStart = nil
        lastSeen = now
    }
}

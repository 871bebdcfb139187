public import KafkaProtocol

/// How a producer sends.
public struct ProducerConfiguration: Sendable {
    /// Whose acknowledgement a batch needs.
    public enum Acknowledgements: Int16, Sendable {
        /// Nobody's: batches may be lost without notice. Not with idempotence.
        case none = 0
        /// The leader's. Not with idempotence.
        case leader = 1
        /// All in-sync replicas'.
        case all = -1
    }

    /// Whose acknowledgement a batch needs.
    public var acks: Acknowledgements
    /// The size at which a batch is closed, in bytes before compression.
    public var batchBytes: Int
    /// How long `send` lets a batch wait for more records. With zero a batch leaves as soon as the broker can take it;
    /// while it cannot, records gather all the same.
    public var linger: Duration
    /// How batches are compressed.
    public var compression: Compression
    /// Whether the broker drops what a retry sends twice (KIP-98). A transactional producer always does.
    public var isIdempotent: Bool
    /// The id under which transactions are made; nil for none. At most one producer with an id works at a time: a newer one
    /// fences the older.
    public var transactionalID: String?
    /// After which time the broker aborts a transaction that is left open.
    public var transactionTimeout: Duration
    /// The bytes that may be unacknowledged before `enqueue` and `send` wait.
    public var bufferBytes: Int
    /// The time that a batch has to be acknowledged, retries included.
    public var deliveryTimeout: Duration
    /// The time that a broker has to answer a produce request.
    public var requestTimeout: Duration
    /// The requests that may be under way to one broker at a time, 1 to 5. The order within a partition is kept anyhow.
    public var maxInFlight: Int

    /// A configuration; the defaults lose and duplicate nothing.
    public init(
        acks: Acknowledgements = .all, batchBytes: Int = 65536, linger: Duration = .zero,
        compression: Compression = .none,
        isIdempotent: Bool = true, transactionalID: String? = nil, transactionTimeout: Duration = .seconds(60),
        bufferBytes: Int = 32 << 20, deliveryTimeout: Duration = .seconds(120), requestTimeout: Duration = .seconds(30),
        maxInFlight: Int = 5
    ) {
        self.acks = acks
        self.batchBytes = batchBytes
        self.linger = linger
        self.compression = compression
        self.isIdempotent = isIdempotent
        self.transactionalID = transactionalID
        self.transactionTimeout = transactionTimeout
        self.bufferBytes = bufferBytes
        self.deliveryTimeout = deliveryTimeout
        self.requestTimeout = requestTimeout
        self.maxInFlight = maxInFlight
    }

    /// The same with values that make no sense put right: idempotence needs `acks` of all and at most 5 requests in flight.
    var normalized: ProducerConfiguration {
        var result = self
        if transactionalID != nil { result.isIdempotent = true }
        if result.isIdempotent { result.acks = .all }
        result.maxInFlight = min(max(1, maxInFlight), 5)
        result.batchBytes = max(1, batchBytes)
        result.bufferBytes = max(1, bufferBytes)
        return result
    }
}

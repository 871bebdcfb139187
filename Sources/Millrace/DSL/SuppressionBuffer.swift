/// How much a `suppress` holds back, and what happens when there is more: Kafka Streams' `BufferConfig`.
public struct SuppressionBuffer: StepOptions, Sendable, Hashable {
    /// What happens when the buffer is full.
    public enum Overflow: Sendable, Hashable {
        /// The oldest results leave before their time.
        case emitEarly
        /// The task fails, so that no result comes out before its time.
        case shutDown
    }

    /// The largest number of keys; nil for any.
    public var maxRecords: Int?
    /// The largest number of bytes of keys and values; nil for any.
    public var maxBytes: Int?
    /// What happens when there is more.
    public var whenFull: Overflow
    /// Whether the buffer has a changelog topic, and its settings.
    public var changelog = StoreChangelog()

    /// A buffer with these limits; without arguments one that holds any number.
    public init(maxRecords: Int? = nil, maxBytes: Int? = nil, whenFull: Overflow = .emitEarly) {
        self.maxRecords = maxRecords
        self.maxBytes = maxBytes
        self.whenFull = whenFull
    }

    /// A buffer that holds any number of results.
    public static let unbounded = SuppressionBuffer()

    /// The same with a changelog topic or without.
    public func logging(_ isOn: Bool) -> SuppressionBuffer { with(\.changelog, StoreChangelog(isEnabled: isOn)) }

    /// The same with a changelog topic that has these settings.
    public func logging(config: [String: String]) -> SuppressionBuffer { with(\.changelog, StoreChangelog(config: config)) }

    var isBounded: Bool { maxRecords != nil || maxBytes != nil }

    /// What is wrong with the limits, if anything.
    var fault: String? {
        (maxRecords ?? 0) < 0 || (maxBytes ?? 0) < 0 ? "the limits of the buffer must not be negative" : nil
    }
}

public import KafkaProtocol

/// A record to be sent.
public struct ProducerRecord: Sendable {
    /// The topic.
    public var topic: String
    /// The partition; nil to let the key choose (murmur2, as Kafka's clients do), or chance if there is no key.
    public var partition: Int32?
    /// Milliseconds since 1970; nil for now.
    public var timestamp: Int64?
    /// The key, or nil.
    public var key: Bytes?
    /// The value; nil deletes the key in a compacted topic.
    public var value: Bytes?
    /// The headers, in order.
    public var headers: [RecordHeader]

    /// A record.
    public init(
        topic: String, partition: Int32? = nil, timestamp: Int64? = nil, key: Bytes? = nil, value: Bytes?,
        headers: [RecordHeader] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// A record of text.
    public init(topic: String, key: String?, value: String?) {
        self.init(topic: topic, key: key.map { Bytes(utf8: $0) }, value: value.map { Bytes(utf8: $0) })
    }
}

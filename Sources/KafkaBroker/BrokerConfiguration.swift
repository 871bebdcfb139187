/// How an embedded broker behaves. Times are in milliseconds and sizes in bytes, as in Kafka's configuration; the
/// name of Kafka's setting is given where there is one. A topic's own configuration goes before these.
public struct BrokerConfiguration: Sendable {
    /// Whether asking for the metadata of an unknown topic creates it (`auto.create.topics.enable`).
    public var autoCreateTopics = true
    /// Partitions of a topic that is created without saying how many (`num.partitions`).
    public var defaultPartitions: Int32 = 1
    /// Bytes after which a segment is closed (`log.segment.bytes`).
    public var segmentBytes: Int64 = 1 << 30
    /// How long records are kept, by their timestamps (`log.retention.ms`); negative for ever.
    ///
    /// Unlike Kafka's broker this one keeps records until it is told otherwise: event times may be years old, and
    /// an embedded broker has no operator who would expect yesterday's results to be gone.
    public var retentionMilliseconds: Int64 = -1
    /// Bytes of a partition that are kept (`log.retention.bytes`); negative for all.
    public var retentionBytes: Int64 = -1
    /// The largest batch that is accepted (`message.max.bytes`).
    public var maxMessageBytes: Int64 = 1_048_588
    /// How often retention, compaction and timed flushes are looked after (`log.retention.check.interval.ms`).
    public var maintenanceInterval: Int64 = 60_000

    /// How long an empty group's first join waits for others (`group.initial.rebalance.delay.ms`).
    public var groupInitialRebalanceDelay: Int64 = 0
    /// The shortest session timeout a member may ask for (`group.min.session.timeout.ms`).
    public var groupMinSessionTimeout: Int64 = 100
    /// The longest session timeout a member may ask for (`group.max.session.timeout.ms`).
    public var groupMaxSessionTimeout: Int64 = 1_800_000
    /// The most members a group may have (`group.max.size`).
    public var groupMaxSize = Int(Int32.max)
    /// After how many milliseconds without a heartbeat a member of the consumer protocol is out
    /// (`group.consumer.session.timeout.ms`).
    public var groupConsumerSessionTimeout: Int64 = 45_000
    /// How often members of the consumer protocol are told to send heartbeats, in milliseconds
    /// (`group.consumer.heartbeat.interval.ms`).
    public var groupConsumerHeartbeatInterval: Int64 = 5_000
    /// The most members a group of the consumer protocol may have (`group.consumer.max.size`).
    public var groupConsumerMaxSize = Int(Int32.max)
    /// The longest metadata of a committed offset, in UTF-8 bytes (`offset.metadata.max.bytes`).
    public var offsetMetadataMaxBytes = 4096
    /// How long offsets are kept after their group's last member has gone, or, without members, after they were
    /// committed (`offsets.retention.minutes`); negative for ever.
    public var offsetsRetention: Int64 = 7 * 24 * 3_600_000
    /// How often offsets, groups and transactional ids that nobody uses are looked for
    /// (`offsets.retention.check.interval.ms`). After a start, groups have that long to come back.
    public var expiryInterval: Int64 = 600_000

    /// The longest timeout a transaction may ask for (`transaction.max.timeout.ms`).
    public var transactionMaxTimeout: Int64 = 900_000
    /// How long a transactional id that nobody uses is remembered (`transactional.id.expiration.ms`); negative for ever.
    public var transactionalIDExpiration: Int64 = 7 * 24 * 3_600_000
    /// The most bytes a fetch is answered with, whatever it asks for (`fetch.max.bytes`).
    public var fetchMaxBytes = 55 << 20
    /// The most fetch sessions that are kept (`max.incremental.fetch.session.cache.slots`).
    public var fetchSessionSlots = 1000

    /// Whether clients may do only what rules of access control allow them (`authorizer.class.name`); nil if they may do
    /// everything. Clients in the broker's process always may.
    public var authorizer: AuthorizerConfiguration?

    /// Whether every batch of all logs is looked at when the directory is opened, not only those that may not have been on
    /// the disk when its last broker ended. What is damaged is set aside then (`Broker.open`).
    public var checksAllLogs = false

    /// The number of this broker in metadata (`node.id`); what an existing data directory says goes before it.
    public var nodeID: Int32 = 1
    /// The host that metadata names.
    public var advertisedHost = "localhost"
    /// The port that metadata names.
    public var advertisedPort: Int32 = 9092

    /// The defaults.
    public init() {}
}

import KafkaProtocol

/// How a consumer reads.
public struct ConsumerConfiguration: Sendable {
    /// The group whose members share the partitions, and whose offsets are committed; nil for none.
    public var groupID: String?
    /// Which records are seen.
    public var isolation: IsolationLevel
    /// The bytes of one fetch over all partitions.
    public var fetchMaxBytes: Int
    /// The bytes of one fetch from a partition. A batch that is larger is read all the same.
    public var partitionFetchBytes: Int
    /// How long a broker waits for records if it has none. Partitions without records are asked for less and less often,
    /// as the wait grows up to eight times this; records that come end a wait at once.
    public var fetchMaxWait: Duration
    /// The bytes for which a broker waits.
    public var minBytes: Int
    /// The bytes that are read ahead from a partition. A partition with as many is not fetched, so that at most this and
    /// one fetch more are kept.
    public var bufferBytesPerPartition: Int
    /// Where to begin where no position is known.
    public var autoOffsetReset: OffsetReset
    /// After which silence the coordinator takes a member for dead.
    public var sessionTimeout: Duration
    /// How often a member shows that it lives.
    public var heartbeatInterval: Duration
    /// How long members have to give back their partitions in a rebalance.
    public var rebalanceTimeout: Duration
    /// The name of a static member (KIP-345), which keeps its partitions over a restart; nil for none. Brokers that do not know
    /// of static members (before 2.3) take it for any other.
    public var groupInstanceID: String?
    /// Whether a static member that closes leaves the group, so that others get its partitions at once. If not, as by default and
    /// in Kafka, they wait for it until its session times out.
    public var staticMemberLeaves = false
    /// Who shares out the group's partitions.
    public var groupProtocol = GroupProtocol.classic
    /// How partitions are shared out, with the classic protocol.
    public var assignor: any PartitionAssignor
    /// How often the leader of a group looks whether topics have got more partitions.
    public var metadataMaxAge: Duration
    /// Whether the `batches` and `records` sequences commit what has been iterated over, every `autoCommitInterval` and
    /// before partitions are given back.
    public var commitsAutomatically: Bool
    /// How often the sequences commit.
    public var autoCommitInterval: Duration
    /// Whether the consumer waits as long as members of the group share out partitions in another way (such as those of a
    /// Kafka Streams application that this one is to follow), and joins when they have left. If not, as by default, `run()`
    /// throws, as Kafka's consumers do. Who is waited for is told (`KafkaClient.reportWaits`).
    public var waitsForOtherMembers = false

    /// A configuration; the defaults are Kafka's but for `earliest`, and for no automatic commits.
    public init(
        groupID: String? = nil, isolation: IsolationLevel = .readUncommitted, fetchMaxBytes: Int = 50 << 20,
        partitionFetchBytes: Int = 1 << 20, fetchMaxWait: Duration = .milliseconds(500), minBytes: Int = 1,
        bufferBytesPerPartition: Int = 2 << 20, autoOffsetReset: OffsetReset = .earliest,
        sessionTimeout: Duration = .seconds(45), heartbeatInterval: Duration = .seconds(3),
        rebalanceTimeout: Duration = .seconds(300), groupInstanceID: String? = nil,
        assignor: any PartitionAssignor = RangeAssignor(), metadataMaxAge: Duration = .seconds(300),
        commitsAutomatically: Bool = false, autoCommitInterval: Duration = .seconds(5)
    ) {
        self.groupID = groupID
        self.isolation = isolation
        self.fetchMaxBytes = fetchMaxBytes
        self.partitionFetchBytes = partitionFetchBytes
        self.fetchMaxWait = fetchMaxWait
        self.minBytes = minBytes
        self.bufferBytesPerPartition = bufferBytesPerPartition
        self.autoOffsetReset = autoOffsetReset
        self.sessionTimeout = sessionTimeout
        self.heartbeatInterval = heartbeatInterval
        self.rebalanceTimeout = rebalanceTimeout
        self.groupInstanceID = groupInstanceID
        self.assignor = assignor
        self.metadataMaxAge = metadataMaxAge
        self.commitsAutomatically = commitsAutomatically
        self.autoCommitInterval = autoCommitInterval
    }

    /// Whether a member keeps partitions during a rebalance.
    var keepsPartitions: Bool { groupProtocol == .classic ? assignor.isCooperative : true }

    /// The same with values that make no sense put right: sizes are positive, and nothing is repeated without a pause.
    var normalized: ConsumerConfiguration {
        var result = self
        result.fetchMaxBytes = max(1, fetchMaxBytes)
        result.partitionFetchBytes = max(1, partitionFetchBytes)
        result.minBytes = max(0, minBytes)
        result.bufferBytesPerPartition = max(1, bufferBytesPerPartition)
        result.fetchMaxWait = max(.zero, fetchMaxWait)
        result.heartbeatInterval = max(.milliseconds(1), heartbeatInterval)
        result.metadataMaxAge = max(.milliseconds(1), metadataMaxAge)
        result.autoCommitInterval = max(.milliseconds(1), autoCommitInterval)
        return result
    }
}

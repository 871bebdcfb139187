import KafkaProtocol

/// Which records a consumer sees.
public enum IsolationLevel: Int8, Sendable {
    /// All records, also of transactions that are open or aborted.
    case readUncommitted = 0
    /// Only records outside of transactions and of committed ones (KIP-98).
    case readCommitted = 1
}

/// Where a consumer begins where no position is known, or the position is gone.
public enum OffsetReset: Sendable, Equatable {
    /// At the first record there is.
    case earliest
    /// After the last record there is.
    case latest
    /// Nowhere: it is an error.
    case none
}

/// Where to begin in a partition.
public enum StartPosition: Sendable, Hashable {
    /// At this offset.
    case offset(Int64)
    /// At the first record there is.
    case earliest
    /// After the last record there is.
    case latest
    /// At the first record with this timestamp (milliseconds since 1970) or a later one; after the last if there is none.
    case timestamp(Int64)
    /// At the offset that the group has committed, else as `autoOffsetReset` says.
    case committed
}

/// How the members of a group come by their partitions.
public enum GroupProtocol: Sendable, Hashable {
    /// One of the members shares them out, with the `assignor` that all of them have.
    case classic
    /// The broker shares them out, a few at a time, so that nobody waits for others (KIP-848; Kafka 4.0 has it). `assignor` is one
    /// of the broker's, such as `uniform` or `range`; nil leaves it to the broker. Session time-out and heartbeats are the broker's
    /// as well. Members of both protocols can be in one group.
    case consumer(assignor: String? = nil)
}

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

/// The number of an API of Kafka's protocol.
public struct APIKey: RawRepresentable, Hashable, Sendable {
    /// The number as it stands in request headers.
    public let rawValue: Int16
    /// The API of that number, known here or not.
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// Appends record batches to partitions.
    public static let produce = APIKey(rawValue: 0)
    /// Reads record batches from partitions, waiting for some if need be.
    public static let fetch = APIKey(rawValue: 1)
    /// Finds offsets by timestamp.
    public static let listOffsets = APIKey(rawValue: 2)
    /// Describes brokers, topics and partition leaders.
    public static let metadata = APIKey(rawValue: 3)
    /// Stores a group's offsets.
    public static let offsetCommit = APIKey(rawValue: 8)
    /// Reads a group's committed offsets.
    public static let offsetFetch = APIKey(rawValue: 9)
    /// Finds the coordinator of groups or transactional ids.
    public static let findCoordinator = APIKey(rawValue: 10)
    /// Joins a consumer group, the first half of a rebalance.
    public static let joinGroup = APIKey(rawValue: 11)
    /// Keeps a group's member alive and tells it of rebalances.
    public static let heartbeat = APIKey(rawValue: 12)
    /// Removes members from a group.
    public static let leaveGroup = APIKey(rawValue: 13)
    /// Hands out the assignments, the second half of a rebalance.
    public static let syncGroup = APIKey(rawValue: 14)
    /// Describes consumer groups and their members.
    public static let describeGroups = APIKey(rawValue: 15)
    /// Lists the groups of a broker.
    public static let listGroups = APIKey(rawValue: 16)
    /// Chooses a SASL mechanism.
    public static let saslHandshake = APIKey(rawValue: 17)
    /// Tells which versions of which APIs the broker supports.
    public static let apiVersions = APIKey(rawValue: 18)
    /// Creates topics.
    public static let createTopics = APIKey(rawValue: 19)
    /// Deletes topics.
    public static let deleteTopics = APIKey(rawValue: 20)
    /// Deletes the records before an offset.
    public static let deleteRecords = APIKey(rawValue: 21)
    /// Gives an idempotent or transactional producer its id and epoch, fencing older ones.
    public static let initProducerId = APIKey(rawValue: 22)
    /// Tells where a leader epoch ends.
    public static let offsetForLeaderEpoch = APIKey(rawValue: 23)
    /// Adds partitions to a transaction.
    public static let addPartitionsToTxn = APIKey(rawValue: 24)
    /// Adds a group's offsets to a transaction.
    public static let addOffsetsToTxn = APIKey(rawValue: 25)
    /// Commits or aborts a transaction.
    public static let endTxn = APIKey(rawValue: 26)
    /// Writes the markers that end transactions.
    public static let writeTxnMarkers = APIKey(rawValue: 27)
    /// Stores a group's offsets as part of a transaction.
    public static let txnOffsetCommit = APIKey(rawValue: 28)
    /// Lists access control entries.
    public static let describeAcls = APIKey(rawValue: 29)
    /// Adds access control entries.
    public static let createAcls = APIKey(rawValue: 30)
    /// Deletes access control entries.
    public static let deleteAcls = APIKey(rawValue: 31)
    /// Reads configurations.
    public static let describeConfigs = APIKey(rawValue: 32)
    /// Replaces configurations.
    public static let alterConfigs = APIKey(rawValue: 33)
    /// Moves partitions to other directories of a broker.
    public static let alterReplicaLogDirs = APIKey(rawValue: 34)
    /// Tells the sizes of partitions on disk.
    public static let describeLogDirs = APIKey(rawValue: 35)
    /// Carries the bytes of a SASL mechanism.
    public static let saslAuthenticate = APIKey(rawValue: 36)
    /// Raises the number of partitions of topics.
    public static let createPartitions = APIKey(rawValue: 37)
    /// Deletes empty consumer groups.
    public static let deleteGroups = APIKey(rawValue: 42)
    /// Elects leaders of partitions (KIP-460).
    public static let electLeaders = APIKey(rawValue: 43)
    /// Changes single configurations (KIP-339).
    public static let incrementalAlterConfigs = APIKey(rawValue: 44)
    /// Moves partitions to other brokers (KIP-455).
    public static let alterPartitionReassignments = APIKey(rawValue: 45)
    /// Lists partitions that are being moved (KIP-455).
    public static let listPartitionReassignments = APIKey(rawValue: 46)
    /// Deletes committed offsets of a group.
    public static let offsetDelete = APIKey(rawValue: 47)
    /// Describes clients' quotas (KIP-546).
    public static let describeClientQuotas = APIKey(rawValue: 48)
    /// Sets and removes clients' quotas (KIP-546).
    public static let alterClientQuotas = APIKey(rawValue: 49)
    /// Describes users' SCRAM credentials.
    public static let describeUserScramCredentials = APIKey(rawValue: 50)
    /// Sets and removes users' SCRAM credentials.
    public static let alterUserScramCredentials = APIKey(rawValue: 51)
    /// Describes the cluster's brokers.
    public static let describeCluster = APIKey(rawValue: 60)
    /// Describes the producers of partitions (KIP-664).
    public static let describeProducers = APIKey(rawValue: 61)
    /// Describes transactions (KIP-664).
    public static let describeTransactions = APIKey(rawValue: 65)
    /// Lists transactions (KIP-664).
    public static let listTransactions = APIKey(rawValue: 66)
    /// Joins, keeps and leaves a group in the consumer protocol of KIP-848.
    public static let consumerGroupHeartbeat = APIKey(rawValue: 68)
    /// Describes groups of the consumer protocol of KIP-848.
    public static let consumerGroupDescribe = APIKey(rawValue: 69)
    /// Describes topics page by page (KIP-966).
    public static let describeTopicPartitions = APIKey(rawValue: 75)

    /// The APIs known here, in the order of their numbers.
    public static let all: [APIKey] = [
        .produce, .fetch, .listOffsets, .metadata, .offsetCommit, .offsetFetch, .findCoordinator, .joinGroup,
        .heartbeat, .leaveGroup, .syncGroup, .describeGroups, .listGroups, .saslHandshake, .apiVersions,
        .createTopics, .deleteTopics, .deleteRecords, .initProducerId, .offsetForLeaderEpoch, .addPartitionsToTxn,
        .addOffsetsToTxn, .endTxn, .writeTxnMarkers, .txnOffsetCommit, .describeAcls, .createAcls, .deleteAcls,
        .describeConfigs, .alterConfigs, .alterReplicaLogDirs, .describeLogDirs, .saslAuthenticate, .createPartitions, .deleteGroups,
        .electLeaders, .incrementalAlterConfigs, .alterPartitionReassignments, .listPartitionReassignments,
        .offsetDelete, .describeClientQuotas, .alterClientQuotas, .describeUserScramCredentials,
        .alterUserScramCredentials, .describeCluster, .describeProducers, .describeTransactions, .listTransactions,
        .consumerGroupHeartbeat, .consumerGroupDescribe, .describeTopicPartitions,
    ]

    /// The API's name in Kafka's documentation; `API n` for one that is not known here.
    public var name: String {
        switch self {
        case .produce: "Produce"
        case .fetch: "Fetch"
        case .listOffsets: "ListOffsets"
        case .metadata: "Metadata"
        case .offsetCommit: "OffsetCommit"
        case .offsetFetch: "OffsetFetch"
        case .findCoordinator: "FindCoordinator"
        case .joinGroup: "JoinGroup"
        case .heartbeat: "Heartbeat"
        case .leaveGroup: "LeaveGroup"
        case .syncGroup: "SyncGroup"
        case .describeGroups: "DescribeGroups"
        case .listGroups: "ListGroups"
        case .saslHandshake: "SaslHandshake"
        case .apiVersions: "ApiVersions"
        case .createTopics: "CreateTopics"
        case .deleteTopics: "DeleteTopics"
        case .deleteRecords: "DeleteRecords"
        case .initProducerId: "InitProducerId"
        case .offsetForLeaderEpoch: "OffsetForLeaderEpoch"
        case .addPartitionsToTxn: "AddPartitionsToTxn"
        case .addOffsetsToTxn: "AddOffsetsToTxn"
        case .endTxn: "EndTxn"
        case .writeTxnMarkers: "WriteTxnMarkers"
        case .txnOffsetCommit: "TxnOffsetCommit"
        case .describeAcls: "DescribeAcls"
        case .createAcls: "CreateAcls"
        case .deleteAcls: "DeleteAcls"
        case .describeConfigs: "DescribeConfigs"
        case .alterConfigs: "AlterConfigs"
        case .alterReplicaLogDirs: "AlterReplicaLogDirs"
        case .describeLogDirs: "DescribeLogDirs"
        case .saslAuthenticate: "SaslAuthenticate"
        case .createPartitions: "CreatePartitions"
        case .deleteGroups: "DeleteGroups"
        case .electLeaders: "ElectLeaders"
        case .incrementalAlterConfigs: "IncrementalAlterConfigs"
        case .alterPartitionReassignments: "AlterPartitionReassignments"
        case .listPartitionReassignments: "ListPartitionReassignments"
        case .offsetDelete: "OffsetDelete"
        case .describeClientQuotas: "DescribeClientQuotas"
        case .alterClientQuotas: "AlterClientQuotas"
        case .describeUserScramCredentials: "DescribeUserScramCredentials"
        case .alterUserScramCredentials: "AlterUserScramCredentials"
        case .describeCluster: "DescribeCluster"
        case .describeProducers: "DescribeProducers"
        case .describeTransactions: "DescribeTransactions"
        case .listTransactions: "ListTransactions"
        case .consumerGroupHeartbeat: "ConsumerGroupHeartbeat"
        case .consumerGroupDescribe: "ConsumerGroupDescribe"
        case .describeTopicPartitions: "DescribeTopicPartitions"
        default: "API \(rawValue)"
        }
    }
}

extension APIKey: CustomStringConvertible {
    /// `name`.
    public var description: String { name }
}

extension APIKey: Comparable {
    /// By number.
    public static func < (left: APIKey, right: APIKey) -> Bool { left.rawValue < right.rawValue }
}

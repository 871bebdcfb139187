/// A word of access control: Kafka's number of it and its name in messages, tools and files.
public protocol ACLWord: RawRepresentable<Int8>, CaseIterable, Sendable, Hashable {
    /// Kafka's name of it, such as `DESCRIBE_CONFIGS`.
    var name: String { get }
}

extension ACLWord {
    /// The word called `name`, whether in capitals or not, with `_` or `-`; nil if there is none.
    public init?(name: String) {
        let wanted = name.uppercased().replacing("-", with: "_")
        guard let word = Self.allCases.first(where: { $0.name == wanted }) else { return nil }
        self = word
    }
}

/// What access is controlled to.
public enum ACLResourceType: Int8, ACLWord {
    /// Any of them, in filters.
    case any = 1
    /// A topic.
    case topic = 2
    /// A consumer group.
    case group = 3
    /// The cluster, whose name is `kafka-cluster`.
    case cluster = 4
    /// The transactional id of a producer.
    case transactionalID = 5
    /// A delegation token.
    case delegationToken = 6
    /// A user, whose tokens others may make.
    case user = 7

    /// Kafka's name of it.
    public var name: String {
        switch self {
        case .any: "ANY"
        case .topic: "TOPIC"
        case .group: "GROUP"
        case .cluster: "CLUSTER"
        case .transactionalID: "TRANSACTIONAL_ID"
        case .delegationToken: "DELEGATION_TOKEN"
        case .user: "USER"
        }
    }

    /// The operations that mean something for it.
    public var operations: [ACLOperation] {
        switch self {
        case .any: []
        case .topic: [.read, .write, .create, .describe, .delete, .alter, .describeConfigs, .alterConfigs]
        case .group: [.read, .describe, .delete, .describeConfigs, .alterConfigs]
        case .cluster:
            [.create, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite, .alter, .describe]
        case .transactionalID: [.describe, .write, .twoPhaseCommit]
        case .delegationToken: [.describe]
        case .user: [.createTokens, .describeTokens]
        }
    }
}

/// How a resource's name in a rule is meant.
public enum ACLPatternType: Int8, ACLWord {
    /// Any of them, in filters.
    case any = 1
    /// In filters: all rules that hold for a resource of that name.
    case match = 2
    /// The name itself; `*` stands for all names.
    case literal = 3
    /// All names that begin with it.
    case prefixed = 4

    /// Kafka's name of it.
    public var name: String {
        switch self {
        case .any: "ANY"
        case .match: "MATCH"
        case .literal: "LITERAL"
        case .prefixed: "PREFIXED"
        }
    }
}

/// What somebody may do.
public enum ACLOperation: Int8, ACLWord {
    /// Any of them, in filters.
    case any = 1
    /// All of them.
    case all = 2
    /// Reading records; of a group, being a member.
    case read = 3
    /// Writing records, or in transactions.
    case write = 4
    /// Making topics.
    case create = 5
    /// Deleting.
    case delete = 6
    /// Changing.
    case alter = 7
    /// Seeing that it is there.
    case describe = 8
    /// What brokers do among each other.
    case clusterAction = 9
    /// Seeing settings.
    case describeConfigs = 10
    /// Changing settings.
    case alterConfigs = 11
    /// Writing without duplicates.
    case idempotentWrite = 12
    /// Making tokens.
    case createTokens = 13
    /// Seeing tokens.
    case describeTokens = 14
    /// Taking part in transactions of others (KIP-939).
    case twoPhaseCommit = 15

    /// Kafka's name of it.
    public var name: String {
        switch self {
        case .any: "ANY"
        case .all: "ALL"
        case .read: "READ"
        case .write: "WRITE"
        case .create: "CREATE"
        case .delete: "DELETE"
        case .alter: "ALTER"
        case .describe: "DESCRIBE"
        case .clusterAction: "CLUSTER_ACTION"
        case .describeConfigs: "DESCRIBE_CONFIGS"
        case .alterConfigs: "ALTER_CONFIGS"
        case .idempotentWrite: "IDEMPOTENT_WRITE"
        case .createTokens: "CREATE_TOKENS"
        case .describeTokens: "DESCRIBE_TOKENS"
        case .twoPhaseCommit: "TWO_PHASE_COMMIT"
        }
    }
}

/// Whether a rule allows or denies.
public enum ACLPermission: Int8, ACLWord {
    /// Either, in filters.
    case any = 1
    /// It denies, whatever else allows.
    case deny = 2
    /// It allows, unless another denies.
    case allow = 3

    /// Kafka's name of it.
    public var name: String {
        switch self {
        case .any: "ANY"
        case .deny: "DENY"
        case .allow: "ALLOW"
        }
    }
}

public import KafkaProtocol

/// A topic to create.
public struct NewTopic: Sendable, Hashable {
    /// The name.
    @Name public var name: String
    /// The number of partitions; -1 for the cluster's default.
    public var partitions: Int32
    /// How many brokers hold each partition; -1 for the cluster's default.
    public var replicationFactor: Int16
    /// Configs such as `cleanup.policy`.
    public var configs: [String: String]

    /// A topic to create.
    public init(_ name: String, partitions: Int32 = -1, replicationFactor: Int16 = -1, configs: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configs = configs
    }
}

/// What has configs.
public enum ConfigResource: Sendable, Hashable {
    /// A topic.
    case topic(String)
    /// A broker, by id.
    case broker(Int32)
    /// A group, by id.
    case group(String)

    /// Names are compared by their bytes, as brokers do.
    public static func == (left: ConfigResource, right: ConfigResource) -> Bool {
        left.type == right.type && Name(left.name) == Name(right.name)
    }

    /// By the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(Name(name))
    }

    var type: Int8 {
        switch self {
        case .topic: 2
        case .broker: 4
        case .group: 32
        }
    }

    var name: String {
        switch self {
        case .topic(let name): name
        case .broker(let id): String(id)
        case .group(let id): id
        }
    }
}

/// A config and where its value comes from.
public struct ConfigEntry: Sendable, Hashable {
    /// The config's name.
    public var name: String
    /// The value; nil if it is sensitive or has none.
    public var value: String?
    /// Whether nobody has set it.
    public var isDefault: Bool
    /// Whether it can be changed.
    public var isReadOnly: Bool
}

/// A group, as its coordinator lists it.
public struct GroupListing: Sendable, Hashable {
    /// The group's id.
    @Name public var groupID: String
    /// `consumer` for groups of consumers.
    public var protocolType: String
    /// The state, such as `Stable` or `Empty`; empty from old brokers.
    public var state: String
    /// The protocol of its members, `classic` or `consumer` (KIP-848); empty from old brokers.
    public var type: String
}

/// A group with its members.
public struct GroupDescription: Sendable, Hashable {
    /// A member of a group.
    public struct Member: Sendable, Hashable {
        /// The member's id.
        @Name public var id: String
        /// The static id, if it has one.
        public var instanceID: String?
        /// The client's name.
        public var clientID: String
        /// Where it connects from.
        public var clientHost: String
        /// Its partitions.
        public var assignment: [TopicPartition]
        /// What the member has told its assignor, of groups of the classic protocol.
        public var subscriptionData: Bytes?
        /// What the assignor has told the member, of groups of the classic protocol.
        public var assignmentData: Bytes?
    }
    /// The group's id.
    @Name public var groupID: String
    /// The state, such as `Stable`, `Empty` or `Dead`.
    public var state: String
    /// The protocol of the members, `classic` or `consumer` (KIP-848).
    public var type: String
    /// The name of the assignor.
    public var assignor: String
    /// The members.
    public var members: [Member]
}

/// Which offset of a partition to look up.
public enum OffsetSpec: Sendable, Hashable {
    /// The first there is.
    case earliest
    /// After the last there is.
    case latest
    /// That of the first record with this timestamp (milliseconds since 1970) or a later one.
    case timestamp(Int64)

    var timestamp: Int64 {
        switch self {
        case .earliest: -2
        case .latest: -1
        case .timestamp(let timestamp): timestamp
        }
    }
}

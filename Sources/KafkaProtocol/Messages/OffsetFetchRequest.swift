/// OffsetFetch (API 9): reads a group's committed offsets. Versions 0 to 9, flexible from version 6.
public struct OffsetFetchRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = OffsetFetchResponse
    /// The number of the API.
    public static var apiKey: APIKey { .offsetFetch }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...9 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 6 }

    /// The consumer group's id. Up to version 7.
    public var groupId: String
    /// The partitions by topic; nil for all that have an offset. Up to version 7.
    public var topics: [OffsetFetchRequestTopic]?
    /// The groups. From version 8.
    public var groups: [OffsetFetchRequestGroup]
    /// Whether to wait for transactions that have offsets pending (KIP-447). From version 7.
    public var requireStable: Bool

    /// A request; fields left out have their defaults.
    public init(
        groupId: String = "",
        topics: [OffsetFetchRequestTopic]? = [],
        groups: [OffsetFetchRequestGroup] = [],
        requireStable: Bool = false
    ) {
        self.groupId = groupId
        self.topics = topics
        self.groups = groups
        self.requireStable = requireStable
    }

    /// A topic.
    public struct OffsetFetchRequestTopic: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions' numbers.
        public var partitionIndexes: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionIndexes: [Int32] = []) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }
    }

    /// A group asked for.
    public struct OffsetFetchRequestGroup: Equatable, Sendable {
        /// The consumer group's id.
        public var groupId: String
        /// The id that the group coordinator gave the member. Version 9 only.
        public var memberId: String?
        /// The member's epoch (KIP-848). Version 9 only.
        public var memberEpoch: Int32
        /// The partitions by topic; nil for all that have an offset.
        public var topics: [OffsetFetchRequestTopics]?

        /// Fields left out have their defaults.
        public init(
            groupId: String = "",
            memberId: String? = nil,
            memberEpoch: Int32 = -1,
            topics: [OffsetFetchRequestTopics]? = []
        ) {
            self.groupId = groupId
            self.memberId = memberId
            self.memberEpoch = memberEpoch
            self.topics = topics
        }
    }

    /// A topic.
    public struct OffsetFetchRequestTopics: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions' numbers.
        public var partitionIndexes: [Int32]

        /// Fields left out have their defaults.
        public init(name: String = "", partitionIndexes: [Int32] = []) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }
    }
}

extension OffsetFetchRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetFetchRequest")
        let flexible = version >= 6
        if version <= 7 {
            try writer.write(groupId, compact: flexible)
        } else if !groupId.isEmpty {
            throw KafkaProtocolError.noField("OffsetFetchRequest.groupId", version)
        }
        if version <= 7 {
            guard topics != nil || version >= 2 else {
                throw KafkaProtocolError.noNull("OffsetFetchRequest.topics", version)
            }
            try writer.write(topics, compact: flexible, version: version)
        } else if topics != [] {
            throw KafkaProtocolError.noField("OffsetFetchRequest.topics", version)
        }
        if version >= 8 {
            try writer.write(groups, compact: flexible, version: version)
        } else if !groups.isEmpty {
            throw KafkaProtocolError.noField("OffsetFetchRequest.groups", version)
        }
        if version >= 7 {
            writer.write(requireStable)
        } else if requireStable {
            throw KafkaProtocolError.noField("OffsetFetchRequest.requireStable", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...9, of: "OffsetFetchRequest")
        let flexible = version >= 6
        self.init()
        if version <= 7 { groupId = try reader.readString(compact: flexible) }
        if version <= 7 {
            topics = try reader.readNullableArray(compact: flexible, version: version)
            guard topics != nil || version >= 2 else {
                throw KafkaProtocolError.noNull("OffsetFetchRequest.topics", version)
            }
        }
        if version >= 8 { groups = try reader.readArray(compact: flexible, version: version) }
        if version >= 7 { requireStable = try reader.readBool() }
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetFetchRequest.OffsetFetchRequestTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 6
        try writer.write(name, compact: flexible)
        try writer.write(partitionIndexes, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 6
        self.init()
        name = try reader.readString(compact: flexible)
        partitionIndexes = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension OffsetFetchRequest.OffsetFetchRequestGroup: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(groupId, compact: true)
        if version >= 9 { try writer.write(memberId, compact: true) }
        if version >= 9 { writer.write(memberEpoch) }
        try writer.write(topics, compact: true, version: version)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        groupId = try reader.readString(compact: true)
        if version >= 9 { memberId = try reader.readNullableString(compact: true) }
        if version >= 9 { memberEpoch = try reader.read() }
        topics = try reader.readNullableArray(compact: true, version: version)
        try reader.skipTaggedFields()
    }
}

extension OffsetFetchRequest.OffsetFetchRequestTopics: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        try writer.write(partitionIndexes, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        partitionIndexes = try reader.readArray(compact: true)
        try reader.skipTaggedFields()
    }
}

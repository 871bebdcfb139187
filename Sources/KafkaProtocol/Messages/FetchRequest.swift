/// Fetch (API 1): reads record batches from partitions, waiting for some if need be. Versions 0 to 17, flexible from
/// version 12.
public struct FetchRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = FetchResponse
    /// The number of the API.
    public static var apiKey: APIKey { .fetch }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...17 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 12 }

    /// The cluster's id, or nil. From version 12.
    public var clusterId: String?
    /// The id of the follower that asks; -1 for a client. Up to version 14.
    public var replicaId: Int32
    /// Who asks: a follower's id and epoch. From version 15.
    public var replicaState: ReplicaState
    /// How long a fetch waits for `minBytes`, in milliseconds.
    public var maxWaitMs: Int32
    /// The bytes that a fetch waits for.
    public var minBytes: Int32
    /// The bytes to return at most; a first batch that is larger is returned nevertheless. From version 3.
    public var maxBytes: Int32
    /// 0 to read all records, 1 to read those of committed transactions only. From version 4.
    public var isolationLevel: Int8
    /// The fetch session's id (KIP-227); 0 for none. From version 7.
    public var sessionId: Int32
    /// The position in the fetch session; -1 for a fetch outside of sessions, 0 to open one. From version 7.
    public var sessionEpoch: Int32
    /// The topics.
    public var topics: [FetchTopic]
    /// The partitions to drop from the fetch session. From version 7.
    public var forgottenTopicsData: [ForgottenTopic]
    /// The rack of the client. From version 11.
    public var rackId: String

    /// A request; fields left out have their defaults.
    public init(
        clusterId: String? = nil,
        replicaId: Int32 = -1,
        replicaState: ReplicaState = ReplicaState(),
        maxWaitMs: Int32 = 0,
        minBytes: Int32 = 0,
        maxBytes: Int32 = .max,
        isolationLevel: Int8 = 0,
        sessionId: Int32 = 0,
        sessionEpoch: Int32 = -1,
        topics: [FetchTopic] = [],
        forgottenTopicsData: [ForgottenTopic] = [],
        rackId: String = ""
    ) {
        self.clusterId = clusterId
        self.replicaId = replicaId
        self.replicaState = replicaState
        self.maxWaitMs = maxWaitMs
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.isolationLevel = isolationLevel
        self.sessionId = sessionId
        self.sessionEpoch = sessionEpoch
        self.topics = topics
        self.forgottenTopicsData = forgottenTopicsData
        self.rackId = rackId
    }

    /// A follower that fetches.
    public struct ReplicaState: Equatable, Sendable {
        /// The id of the follower that asks; -1 for a client.
        public var replicaId: Int32
        /// The follower's broker epoch.
        public var replicaEpoch: Int64

        /// Fields left out have their defaults.
        public init(replicaId: Int32 = -1, replicaEpoch: Int64 = -1) {
            self.replicaId = replicaId
            self.replicaEpoch = replicaEpoch
        }
    }

    /// A topic to fetch.
    public struct FetchTopic: Equatable, Sendable {
        /// The topic's name. Up to version 12.
        public var topic: String
        /// The topic's unique id. From version 13.
        public var topicId: KafkaUUID
        /// The partitions.
        public var partitions: [FetchPartition]

        /// Fields left out have their defaults.
        public init(topic: String = "", topicId: KafkaUUID = .zero, partitions: [FetchPartition] = []) {
            self.topic = topic
            self.topicId = topicId
            self.partitions = partitions
        }
    }

    /// A partition to fetch.
    public struct FetchPartition: Equatable, Sendable {
        /// The partition's number.
        public var partition: Int32
        /// The leader epoch that the client knows, for fencing (KIP-320); -1 if it knows none. From version 9.
        public var currentLeaderEpoch: Int32
        /// The offset to fetch from.
        public var fetchOffset: Int64
        /// The epoch of the last record fetched, for detecting divergence; -1 for none. From version 12.
        public var lastFetchedEpoch: Int32
        /// The first offset of the log; -1 if unknown. From version 5.
        public var logStartOffset: Int64
        /// The bytes to return for the partition; a first batch that is larger is returned nevertheless.
        public var partitionMaxBytes: Int32
        /// The directory of the follower's replica. Version 17 only.
        public var replicaDirectoryId: KafkaUUID

        /// Fields left out have their defaults.
        public init(
            partition: Int32 = 0,
            currentLeaderEpoch: Int32 = -1,
            fetchOffset: Int64 = 0,
            lastFetchedEpoch: Int32 = -1,
            logStartOffset: Int64 = -1,
            partitionMaxBytes: Int32 = 0,
            replicaDirectoryId: KafkaUUID = .zero
        ) {
            self.partition = partition
            self.currentLeaderEpoch = currentLeaderEpoch
            self.fetchOffset = fetchOffset
            self.lastFetchedEpoch = lastFetchedEpoch
            self.logStartOffset = logStartOffset
            self.partitionMaxBytes = partitionMaxBytes
            self.replicaDirectoryId = replicaDirectoryId
        }
    }

    /// Partitions to drop from the session.
    public struct ForgottenTopic: Equatable, Sendable {
        /// The topic's name. Up to version 12.
        public var topic: String
        /// The topic's unique id. From version 13.
        public var topicId: KafkaUUID
        /// The partitions.
        public var partitions: [Int32]

        /// Fields left out have their defaults.
        public init(topic: String = "", topicId: KafkaUUID = .zero, partitions: [Int32] = []) {
            self.topic = topic
            self.topicId = topicId
            self.partitions = partitions
        }
    }
}

extension FetchRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...17, of: "FetchRequest")
        let flexible = version >= 12
        if version <= 14 {
            writer.write(replicaId)
        } else if replicaId != -1 {
            throw KafkaProtocolError.noField("FetchRequest.replicaId", version)
        }
        writer.write(maxWaitMs)
        writer.write(minBytes)
        if version >= 3 { writer.write(maxBytes) }
        if version >= 4 { writer.write(isolationLevel) }
        if version >= 7 { writer.write(sessionId) }
        if version >= 7 { writer.write(sessionEpoch) }
        try writer.write(topics, compact: flexible, version: version)
        if version >= 7 {
            try writer.write(forgottenTopicsData, compact: flexible, version: version)
        } else if !forgottenTopicsData.isEmpty {
            throw KafkaProtocolError.noField("FetchRequest.forgottenTopicsData", version)
        }
        if version >= 11 { try writer.write(rackId, compact: flexible) }
        if version < 15, replicaState != ReplicaState() {
            throw KafkaProtocolError.noField("FetchRequest.replicaState", version)
        }
        if flexible {
            let tags = writer.beginTaggedFields()
            if clusterId != nil {
                try writer.writeTaggedField(0, in: tags) { writer in try writer.write(clusterId, compact: true) }
            }
            if version >= 15, replicaState != ReplicaState() {
                try writer.writeTaggedField(1, in: tags) { writer in
                    try replicaState.encode(into: &writer, version: version)
                }
            }
        }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...17, of: "FetchRequest")
        let flexible = version >= 12
        self.init()
        if version <= 14 { replicaId = try reader.read() }
        maxWaitMs = try reader.read()
        minBytes = try reader.read()
        if version >= 3 { maxBytes = try reader.read() }
        if version >= 4 { isolationLevel = try reader.read() }
        if version >= 7 { sessionId = try reader.read() }
        if version >= 7 { sessionEpoch = try reader.read() }
        topics = try reader.readArray(compact: flexible, version: version)
        if version >= 7 { forgottenTopicsData = try reader.readArray(compact: flexible, version: version) }
        if version >= 11 { rackId = try reader.readString(compact: flexible) }
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0: clusterId = try reader.readNullableString(compact: true)
                case 1 where version >= 15: replicaState = try ReplicaState(from: &reader, version: version)
                default: break
                }
            }
        }
    }
}

extension FetchRequest.ReplicaState: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(replicaId)
        writer.write(replicaEpoch)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        replicaId = try reader.read()
        replicaEpoch = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension FetchRequest.FetchTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        if version <= 12 { try writer.write(topic, compact: flexible) }
        if version >= 13 { writer.write(topicId) }
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        if version <= 12 { topic = try reader.readString(compact: flexible) }
        if version >= 13 { topicId = try reader.readUUID() }
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension FetchRequest.FetchPartition: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        writer.write(partition)
        if version >= 9 { writer.write(currentLeaderEpoch) }
        writer.write(fetchOffset)
        if version >= 12 {
            writer.write(lastFetchedEpoch)
        } else if lastFetchedEpoch != -1 {
            throw KafkaProtocolError.noField("FetchRequest.FetchPartition.lastFetchedEpoch", version)
        }
        if version >= 5 { writer.write(logStartOffset) }
        writer.write(partitionMaxBytes)
        if flexible {
            let tags = writer.beginTaggedFields()
            if version >= 17, replicaDirectoryId != .zero {
                writer.writeTaggedField(0, in: tags) { writer in writer.write(replicaDirectoryId) }
            }
        }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        partition = try reader.read()
        if version >= 9 { currentLeaderEpoch = try reader.read() }
        fetchOffset = try reader.read()
        if version >= 12 { lastFetchedEpoch = try reader.read() }
        if version >= 5 { logStartOffset = try reader.read() }
        partitionMaxBytes = try reader.read()
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0 where version >= 17: replicaDirectoryId = try reader.readUUID()
                default: break
                }
            }
        }
    }
}

extension FetchRequest.ForgottenTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 12
        if version <= 12 { try writer.write(topic, compact: flexible) }
        if version >= 13 { writer.write(topicId) }
        try writer.write(partitions, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 12
        self.init()
        if version <= 12 { topic = try reader.readString(compact: flexible) }
        if version >= 13 { topicId = try reader.readUUID() }
        partitions = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

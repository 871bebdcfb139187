/// WriteTxnMarkers (API 27): writes the markers that end transactions into partitions, as coordinators do, and as an
/// administrator does for a transaction that no coordinator knows of (KIP-664). Versions 0 and 1, flexible from version 1.
public struct WriteTxnMarkersRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = WriteTxnMarkersResponse
    /// The number of the API.
    public static var apiKey: APIKey { .writeTxnMarkers }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 1 }

    /// The markers.
    public var markers: [WritableTxnMarker]

    /// A request; fields left out have their defaults.
    public init(markers: [WritableTxnMarker] = []) {
        self.markers = markers
    }

    /// The end of one producer's transaction.
    public struct WritableTxnMarker: Equatable, Sendable {
        /// The producer's id, given out by InitProducerId.
        public var producerId: Int64
        /// The epoch of the producer's id; an older one is fenced.
        public var producerEpoch: Int16
        /// Whether it commits (true) or aborts (false).
        public var transactionResult: Bool
        /// The partitions to write it to.
        public var topics: [WritableTxnMarkerTopic]
        /// The epoch of the transaction coordinator that writes; an older one is fenced.
        public var coordinatorEpoch: Int32

        /// Fields left out have their defaults.
        public init(
            producerId: Int64 = 0,
            producerEpoch: Int16 = 0,
            transactionResult: Bool = false,
            topics: [WritableTxnMarkerTopic] = [],
            coordinatorEpoch: Int32 = 0
        ) {
            self.producerId = producerId
            self.producerEpoch = producerEpoch
            self.transactionResult = transactionResult
            self.topics = topics
            self.coordinatorEpoch = coordinatorEpoch
        }
    }

    /// A topic's partitions.
    public struct WritableTxnMarkerTopic: Equatable, Sendable {
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

extension WriteTxnMarkersRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "WriteTxnMarkersRequest")
        let flexible = version >= 1
        try writer.write(markers, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "WriteTxnMarkersRequest")
        let flexible = version >= 1
        self.init()
        markers = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension WriteTxnMarkersRequest.WritableTxnMarker: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        writer.write(producerId)
        writer.write(producerEpoch)
        writer.write(transactionResult)
        try writer.write(topics, compact: flexible, version: version)
        writer.write(coordinatorEpoch)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        producerId = try reader.read()
        producerEpoch = try reader.read()
        transactionResult = try reader.readBool()
        topics = try reader.readArray(compact: flexible, version: version)
        coordinatorEpoch = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension WriteTxnMarkersRequest.WritableTxnMarkerTopic: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(name, compact: flexible)
        try writer.write(partitionIndexes, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        name = try reader.readString(compact: flexible)
        partitionIndexes = try reader.readArray(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `WriteTxnMarkersRequest`.
public struct WriteTxnMarkersResponse: KafkaResponse, Equatable {
    /// What became of the markers.
    public var markers: [WritableTxnMarkerResult]

    /// A response; fields left out have their defaults.
    public init(markers: [WritableTxnMarkerResult] = []) {
        self.markers = markers
    }

    /// What became of one producer's marker.
    public struct WritableTxnMarkerResult: Equatable, Sendable {
        /// The producer's id.
        public var producerId: Int64
        /// What became of it in each topic.
        public var topics: [WritableTxnMarkerTopicResult]

        /// Fields left out have their defaults.
        public init(producerId: Int64 = 0, topics: [WritableTxnMarkerTopicResult] = []) {
            self.producerId = producerId
            self.topics = topics
        }
    }

    /// What became of a marker in a topic.
    public struct WritableTxnMarkerTopicResult: Equatable, Sendable {
        /// The topic's name.
        public var name: String
        /// The partitions.
        public var partitions: [WritableTxnMarkerPartitionResult]

        /// Fields left out have their defaults.
        public init(name: String = "", partitions: [WritableTxnMarkerPartitionResult] = []) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// What became of a marker in a partition.
    public struct WritableTxnMarkerPartitionResult: Equatable, Sendable {
        /// The partition's number.
        public var partitionIndex: Int32
        /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
        public var errorCode: Int16

        /// Fields left out have their defaults.
        public init(partitionIndex: Int32 = 0, errorCode: Int16 = 0) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }
    }
}

extension WriteTxnMarkersResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "WriteTxnMarkersResponse")
        let flexible = version >= 1
        try writer.write(markers, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "WriteTxnMarkersResponse")
        let flexible = version >= 1
        self.init()
        markers = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension WriteTxnMarkersResponse.WritableTxnMarkerResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        writer.write(producerId)
        try writer.write(topics, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        producerId = try reader.read()
        topics = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension WriteTxnMarkersResponse.WritableTxnMarkerTopicResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 1
        try writer.write(name, compact: flexible)
        try writer.write(partitions, compact: flexible, version: version)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 1
        self.init()
        name = try reader.readString(compact: flexible)
        partitions = try reader.readArray(compact: flexible, version: version)
        if flexible { try reader.skipTaggedFields() }
    }
}

extension WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(partitionIndex)
        writer.write(errorCode)
        if version >= 1 { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        partitionIndex = try reader.read()
        errorCode = try reader.read()
        if version >= 1 { try reader.skipTaggedFields() }
    }
}

/// EndTxn (API 26): commits or aborts a transaction. Versions 0 to 5, flexible from version 3.
public struct EndTxnRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = EndTxnResponse
    /// The number of the API.
    public static var apiKey: APIKey { .endTxn }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }
    /// Version 5 raises the producer's epoch (KIP-890), for producers that keep its other rules, too.
    public static var stableVersions: ClosedRange<Int16> { 0...4 }

    /// The next version for transactions of version 2, else the last stable one.
    public var newestVersion: Int16 { isOfTransactionV2 ? 5 : 4 }

    /// Whether it is of a transaction of version 2 (KIP-890). Not a field: the version in which it is sent says so.
    public var isOfTransactionV2 = false
    /// The transactional id, or nil outside of transactions.
    public var transactionalId: String
    /// The producer's id, given out by InitProducerId; -1 for none.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced.
    public var producerEpoch: Int16
    /// Whether to commit (true) or abort (false).
    public var committed: Bool

    /// A request; fields left out have their defaults.
    public init(
        transactionalId: String = "",
        producerId: Int64 = 0,
        producerEpoch: Int16 = 0,
        committed: Bool = false
    ) {
        self.transactionalId = transactionalId
        self.producerId = producerId
        self.producerEpoch = producerEpoch
        self.committed = committed
    }
}

extension EndTxnRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "EndTxnRequest")
        let flexible = version >= 3
        try writer.write(transactionalId, compact: flexible)
        writer.write(producerId)
        writer.write(producerEpoch)
        writer.write(committed)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "EndTxnRequest")
        let flexible = version >= 3
        self.init()
        transactionalId = try reader.readString(compact: flexible)
        producerId = try reader.read()
        producerEpoch = try reader.read()
        committed = try reader.readBool()
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `EndTxnRequest`.
public struct EndTxnResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The producer's id, given out by InitProducerId; -1 for none. Version 5 only.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced. Version 5 only.
    public var producerEpoch: Int16

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0, producerId: Int64 = -1, producerEpoch: Int16 = -1) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.producerId = producerId
        self.producerEpoch = producerEpoch
    }
}

extension EndTxnResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "EndTxnResponse")
        let flexible = version >= 3
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        if version >= 5 { writer.write(producerId) }
        if version >= 5 { writer.write(producerEpoch) }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "EndTxnResponse")
        let flexible = version >= 3
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        if version >= 5 { producerId = try reader.read() }
        if version >= 5 { producerEpoch = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

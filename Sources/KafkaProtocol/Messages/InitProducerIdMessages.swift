/// InitProducerId (API 22): gives an idempotent or transactional producer its id and epoch, fencing older ones.
/// Versions 0 to 5, flexible from version 2.
public struct InitProducerIdRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = InitProducerIdResponse
    /// The number of the API.
    public static var apiKey: APIKey { .initProducerId }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...5 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 2 }

    /// The transactional id, or nil outside of transactions.
    public var transactionalId: String?
    /// After how many milliseconds the coordinator aborts an open transaction.
    public var transactionTimeoutMs: Int32
    /// The producer's id, given out by InitProducerId; -1 for none. From version 3.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced. From version 3.
    public var producerEpoch: Int16

    /// A request; fields left out have their defaults.
    public init(
        transactionalId: String? = "",
        transactionTimeoutMs: Int32 = 0,
        producerId: Int64 = -1,
        producerEpoch: Int16 = -1
    ) {
        self.transactionalId = transactionalId
        self.transactionTimeoutMs = transactionTimeoutMs
        self.producerId = producerId
        self.producerEpoch = producerEpoch
    }
}

extension InitProducerIdRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "InitProducerIdRequest")
        let flexible = version >= 2
        try writer.write(transactionalId, compact: flexible)
        writer.write(transactionTimeoutMs)
        if version >= 3 {
            writer.write(producerId)
        } else if producerId != -1 {
            throw KafkaProtocolError.noField("InitProducerIdRequest.producerId", version)
        }
        if version >= 3 {
            writer.write(producerEpoch)
        } else if producerEpoch != -1 {
            throw KafkaProtocolError.noField("InitProducerIdRequest.producerEpoch", version)
        }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "InitProducerIdRequest")
        let flexible = version >= 2
        self.init()
        transactionalId = try reader.readNullableString(compact: flexible)
        transactionTimeoutMs = try reader.read()
        if version >= 3 { producerId = try reader.read() }
        if version >= 3 { producerEpoch = try reader.read() }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `InitProducerIdRequest`.
public struct InitProducerIdResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The producer's id, given out by InitProducerId; -1 for none.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced.
    public var producerEpoch: Int16

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0, producerId: Int64 = -1, producerEpoch: Int16 = 0) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.producerId = producerId
        self.producerEpoch = producerEpoch
    }
}

extension InitProducerIdResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "InitProducerIdResponse")
        let flexible = version >= 2
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        writer.write(producerId)
        writer.write(producerEpoch)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...5, of: "InitProducerIdResponse")
        let flexible = version >= 2
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        producerId = try reader.read()
        producerEpoch = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

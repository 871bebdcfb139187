/// AddOffsetsToTxn (API 25): adds a group's offsets to a transaction. Versions 0 to 4, flexible from version 3.
public struct AddOffsetsToTxnRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = AddOffsetsToTxnResponse
    /// The number of the API.
    public static var apiKey: APIKey { .addOffsetsToTxn }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The transactional id, or nil outside of transactions.
    public var transactionalId: String
    /// The producer's id, given out by InitProducerId; -1 for none.
    public var producerId: Int64
    /// The epoch of the producer's id; an older one is fenced.
    public var producerEpoch: Int16
    /// The consumer group's id.
    public var groupId: String

    /// A request; fields left out have their defaults.
    public init(transactionalId: String = "", producerId: Int64 = 0, producerEpoch: Int16 = 0, groupId: String = "") {
        self.transactionalId = transactionalId
        self.producerId = producerId
        self.producerEpoch = producerEpoch
        self.groupId = groupId
    }
}

extension AddOffsetsToTxnRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "AddOffsetsToTxnRequest")
        let flexible = version >= 3
        try writer.write(transactionalId, compact: flexible)
        writer.write(producerId)
        writer.write(producerEpoch)
        try writer.write(groupId, compact: flexible)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "AddOffsetsToTxnRequest")
        let flexible = version >= 3
        self.init()
        transactionalId = try reader.readString(compact: flexible)
        producerId = try reader.read()
        producerEpoch = try reader.read()
        groupId = try reader.readString(compact: flexible)
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `AddOffsetsToTxnRequest`.
public struct AddOffsetsToTxnResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16

    /// A response; fields left out have their defaults.
    public init(throttleTimeMs: Int32 = 0, errorCode: Int16 = 0) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
    }
}

extension AddOffsetsToTxnResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "AddOffsetsToTxnResponse")
        let flexible = version >= 3
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "AddOffsetsToTxnResponse")
        let flexible = version >= 3
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

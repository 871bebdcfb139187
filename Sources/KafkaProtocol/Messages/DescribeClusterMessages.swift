/// DescribeCluster (API 60): describes the cluster's brokers. Versions 0 to 1, flexible from version 0.
public struct DescribeClusterRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = DescribeClusterResponse
    /// The number of the API.
    public static var apiKey: APIKey { .describeCluster }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...1 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 0 }

    /// Whether to tell the operations allowed on the cluster.
    public var includeClusterAuthorizedOperations: Bool
    /// The endpoints: 1 brokers, 2 controllers. Version 1 only.
    public var endpointType: Int8

    /// A request; fields left out have their defaults.
    public init(includeClusterAuthorizedOperations: Bool = false, endpointType: Int8 = 1) {
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.endpointType = endpointType
    }
}

extension DescribeClusterRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClusterRequest")
        writer.write(includeClusterAuthorizedOperations)
        if version >= 1 {
            writer.write(endpointType)
        } else if endpointType != 1 {
            throw KafkaProtocolError.noField("DescribeClusterRequest.endpointType", version)
        }
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClusterRequest")
        self.init()
        includeClusterAuthorizedOperations = try reader.readBool()
        if version >= 1 { endpointType = try reader.read() }
        try reader.skipTaggedFields()
    }
}

/// The answer to `DescribeClusterRequest`.
public struct DescribeClusterResponse: KafkaResponse, Equatable {
    /// How long the broker throttled the client for a quota, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The error in words, or nil.
    public var errorMessage: String?
    /// The endpoints: 1 brokers, 2 controllers. Version 1 only.
    public var endpointType: Int8
    /// The cluster's id, or nil.
    public var clusterId: String
    /// The id of the controller; -1 for none.
    public var controllerId: Int32
    /// The brokers.
    public var brokers: [DescribeClusterBroker]
    /// A bit set of the operations allowed on the cluster; the smallest Int32 if not asked for.
    public var clusterAuthorizedOperations: Int32

    /// A response; fields left out have their defaults.
    public init(
        throttleTimeMs: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        endpointType: Int8 = 1,
        clusterId: String = "",
        controllerId: Int32 = -1,
        brokers: [DescribeClusterBroker] = [],
        clusterAuthorizedOperations: Int32 = .min
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.endpointType = endpointType
        self.clusterId = clusterId
        self.controllerId = controllerId
        self.brokers = brokers
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    /// A broker.
    public struct DescribeClusterBroker: Equatable, Sendable {
        /// The broker's id.
        public var brokerId: Int32
        /// The host name.
        public var host: String
        /// The port.
        public var port: Int32
        /// The broker's rack, or nil.
        public var rack: String?

        /// Fields left out have their defaults.
        public init(brokerId: Int32 = 0, host: String = "", port: Int32 = 0, rack: String? = nil) {
            self.brokerId = brokerId
            self.host = host
            self.port = port
            self.rack = rack
        }
    }
}

extension DescribeClusterResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClusterResponse")
        writer.write(throttleTimeMs)
        writer.write(errorCode)
        try writer.write(errorMessage, compact: true)
        if version >= 1 {
            writer.write(endpointType)
        } else if endpointType != 1 {
            throw KafkaProtocolError.noField("DescribeClusterResponse.endpointType", version)
        }
        try writer.write(clusterId, compact: true)
        writer.write(controllerId)
        try writer.write(brokers, compact: true, version: version)
        writer.write(clusterAuthorizedOperations)
        writer.writeNoTaggedFields()
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...1, of: "DescribeClusterResponse")
        self.init()
        throttleTimeMs = try reader.read()
        errorCode = try reader.read()
        errorMessage = try reader.readNullableString(compact: true)
        if version >= 1 { endpointType = try reader.read() }
        clusterId = try reader.readString(compact: true)
        controllerId = try reader.read()
        brokers = try reader.readArray(compact: true, version: version)
        clusterAuthorizedOperations = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension DescribeClusterResponse.DescribeClusterBroker: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        writer.write(brokerId)
        try writer.write(host, compact: true)
        writer.write(port)
        try writer.write(rack, compact: true)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        brokerId = try reader.read()
        host = try reader.readString(compact: true)
        port = try reader.read()
        rack = try reader.readNullableString(compact: true)
        try reader.skipTaggedFields()
    }
}

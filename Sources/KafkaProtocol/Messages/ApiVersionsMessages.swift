/// ApiVersions (API 18): tells which versions of which APIs the broker supports. Versions 0 to 4, flexible from
/// version 3.
public struct ApiVersionsRequest: KafkaRequest, Equatable {
    /// The answer of a broker.
    public typealias Response = ApiVersionsResponse
    /// The number of the API.
    public static var apiKey: APIKey { .apiVersions }
    /// The versions that can be written and read here.
    public static var versions: ClosedRange<Int16> { 0...4 }
    /// The first flexible version.
    public static var flexibleSince: Int16? { 3 }

    /// The name of the client library. From version 3.
    public var clientSoftwareName: String
    /// The version of the client. From version 3.
    public var clientSoftwareVersion: String

    /// A request; fields left out have their defaults.
    public init(clientSoftwareName: String = "", clientSoftwareVersion: String = "") {
        self.clientSoftwareName = clientSoftwareName
        self.clientSoftwareVersion = clientSoftwareVersion
    }
}

extension ApiVersionsRequest {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "ApiVersionsRequest")
        let flexible = version >= 3
        if version >= 3 { try writer.write(clientSoftwareName, compact: flexible) }
        if version >= 3 { try writer.write(clientSoftwareVersion, compact: flexible) }
        if flexible { writer.writeNoTaggedFields() }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "ApiVersionsRequest")
        let flexible = version >= 3
        self.init()
        if version >= 3 { clientSoftwareName = try reader.readString(compact: flexible) }
        if version >= 3 { clientSoftwareVersion = try reader.readString(compact: flexible) }
        if flexible { try reader.skipTaggedFields() }
    }
}

/// The answer to `ApiVersionsRequest`.
public struct ApiVersionsResponse: KafkaResponse, Equatable {
    /// What went wrong, as the number of a `KafkaErrorCode`; 0 for success.
    public var errorCode: Int16
    /// The APIs that the broker supports.
    public var apiKeys: [ApiVersion]
    /// How long the broker throttled the client for a quota, in milliseconds. From version 1.
    public var throttleTimeMs: Int32
    /// The features that the broker supports (KIP-584). From version 3.
    public var supportedFeatures: [SupportedFeatureKey]
    /// The epoch of the finalized features; -1 if unknown. From version 3.
    public var finalizedFeaturesEpoch: Int64
    /// The features that the cluster uses (KIP-584). From version 3.
    public var finalizedFeatures: [FinalizedFeatureKey]
    /// Whether the cluster can move away from ZooKeeper. From version 3.
    public var zkMigrationReady: Bool

    /// A response; fields left out have their defaults.
    public init(
        errorCode: Int16 = 0,
        apiKeys: [ApiVersion] = [],
        throttleTimeMs: Int32 = 0,
        supportedFeatures: [SupportedFeatureKey] = [],
        finalizedFeaturesEpoch: Int64 = -1,
        finalizedFeatures: [FinalizedFeatureKey] = [],
        zkMigrationReady: Bool = false
    ) {
        self.errorCode = errorCode
        self.apiKeys = apiKeys
        self.throttleTimeMs = throttleTimeMs
        self.supportedFeatures = supportedFeatures
        self.finalizedFeaturesEpoch = finalizedFeaturesEpoch
        self.finalizedFeatures = finalizedFeatures
        self.zkMigrationReady = zkMigrationReady
    }

    /// The versions of an API.
    public struct ApiVersion: Equatable, Sendable {
        /// The number of the API.
        public var apiKey: Int16
        /// The lowest version.
        public var minVersion: Int16
        /// The highest version.
        public var maxVersion: Int16

        /// Fields left out have their defaults.
        public init(apiKey: Int16 = 0, minVersion: Int16 = 0, maxVersion: Int16 = 0) {
            self.apiKey = apiKey
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }
    }

    /// A feature that the broker supports.
    public struct SupportedFeatureKey: Equatable, Sendable {
        /// The feature's name.
        public var name: String
        /// The lowest version.
        public var minVersion: Int16
        /// The highest version.
        public var maxVersion: Int16

        /// Fields left out have their defaults.
        public init(name: String = "", minVersion: Int16 = 0, maxVersion: Int16 = 0) {
            self.name = name
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }
    }

    /// A feature that the cluster uses.
    public struct FinalizedFeatureKey: Equatable, Sendable {
        /// The feature's name.
        public var name: String
        /// The highest finalized level.
        public var maxVersionLevel: Int16
        /// The lowest finalized level.
        public var minVersionLevel: Int16

        /// Fields left out have their defaults.
        public init(name: String = "", maxVersionLevel: Int16 = 0, minVersionLevel: Int16 = 0) {
            self.name = name
            self.maxVersionLevel = maxVersionLevel
            self.minVersionLevel = minVersionLevel
        }
    }
}

extension ApiVersionsResponse {
    /// Appends the body in `version`. Throws `KafkaProtocolError` if a set field does not exist in it.
    public func encode(into writer: inout ByteWriter, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "ApiVersionsResponse")
        let flexible = version >= 3
        writer.write(errorCode)
        try writer.write(apiKeys, compact: flexible, version: version)
        if version >= 1 { writer.write(throttleTimeMs) }
        if flexible {
            let tags = writer.beginTaggedFields()
            if !supportedFeatures.isEmpty {
                try writer.writeTaggedField(0, in: tags) { writer in
                    try writer.write(supportedFeatures, compact: true, version: version)
                }
            }
            if finalizedFeaturesEpoch != -1 {
                writer.writeTaggedField(1, in: tags) { writer in writer.write(finalizedFeaturesEpoch) }
            }
            if !finalizedFeatures.isEmpty {
                try writer.writeTaggedField(2, in: tags) { writer in
                    try writer.write(finalizedFeatures, compact: true, version: version)
                }
            }
            if zkMigrationReady {
                writer.writeTaggedField(3, in: tags) { writer in writer.write(zkMigrationReady) }
            }
        }
    }

    /// Reads a body of `version`; tagged fields that are not known here are passed over.
    public init(from reader: inout ByteReader, version: Int16) throws {
        try KafkaProtocolError.check(version, in: 0...4, of: "ApiVersionsResponse")
        let flexible = version >= 3
        self.init()
        errorCode = try reader.read()
        apiKeys = try reader.readArray(compact: flexible, version: version)
        if version >= 1 { throttleTimeMs = try reader.read() }
        if flexible {
            try reader.readTaggedFields { tag, reader in
                switch tag {
                case 0: supportedFeatures = try reader.readArray(compact: true, version: version)
                case 1: finalizedFeaturesEpoch = try reader.read()
                case 2: finalizedFeatures = try reader.readArray(compact: true, version: version)
                case 3: zkMigrationReady = try reader.readBool()
                default: break
                }
            }
        }
    }
}

extension ApiVersionsResponse.ApiVersion: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        let flexible = version >= 3
        writer.write(apiKey)
        writer.write(minVersion)
        writer.write(maxVersion)
        if flexible { writer.writeNoTaggedFields() }
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        let flexible = version >= 3
        self.init()
        apiKey = try reader.read()
        minVersion = try reader.read()
        maxVersion = try reader.read()
        if flexible { try reader.skipTaggedFields() }
    }
}

extension ApiVersionsResponse.SupportedFeatureKey: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.write(minVersion)
        writer.write(maxVersion)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        minVersion = try reader.read()
        maxVersion = try reader.read()
        try reader.skipTaggedFields()
    }
}

extension ApiVersionsResponse.FinalizedFeatureKey: MessageStructure {
    func encode(into writer: inout ByteWriter, version: Int16) throws {
        try writer.write(name, compact: true)
        writer.write(maxVersionLevel)
        writer.write(minVersionLevel)
        writer.writeNoTaggedFields()
    }

    init(from reader: inout ByteReader, version: Int16) throws {
        self.init()
        name = try reader.readString(compact: true)
        maxVersionLevel = try reader.read()
        minVersionLevel = try reader.read()
        try reader.skipTaggedFields()
    }
}

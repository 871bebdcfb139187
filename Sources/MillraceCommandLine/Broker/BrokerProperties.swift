public import KafkaBroker
internal import KafkaNetwork

/// The settings of an embedded broker and its server, by the names that they have in Kafka's `server.properties`.
public struct BrokerProperties: Sendable {
    /// What is set of the broker.
    public var broker: BrokerConfiguration
    /// What is set of the server, without its security.
    private var server: ServerConfiguration
    private var security = Security()

    /// Kafka's names of the ways to protect a listener.
    private enum SecurityProtocol: String, CaseIterable {
        case plaintext = "PLAINTEXT"
        case ssl = "SSL"
        case saslPlaintext = "SASL_PLAINTEXT"
        case saslSSL = "SASL_SSL"

        var usesTLS: Bool { self == .ssl || self == .saslSSL }
        var usesSASL: Bool { self == .saslPlaintext || self == .saslSSL }
    }

    private struct Security: Sendable {
        var securityProtocol = SecurityProtocol.plaintext
        var mechanisms: [SASLMechanism] = [.scramSHA256, .scramSHA512]
        var keystore: String?
        var keyPassword: Secret?
        var truststore: String?
        var clientAuthentication = TLSServerContext.ClientAuthentication.none
    }

    /// Settings to begin with.
    public init(broker: BrokerConfiguration = .init(), server: ServerConfiguration = .init()) {
        self.broker = broker
        self.server = server
    }

    /// What is set of the server. Throws `ValueError` for security settings that do not fit together, and `NetworkError`
    /// if a certificate or a key cannot be used.
    public func serverConfiguration() throws -> ServerConfiguration {
        var server = server
        if security.securityProtocol.usesSASL { server.saslMechanisms = security.mechanisms }
        guard security.securityProtocol.usesTLS else { return server }
        guard let keystore = security.keystore else {
            throw ValueError("security.protocol \(security.securityProtocol.rawValue) needs ssl.keystore.location")
        }
        var tls = TLSServerContext.Configuration(
            certificateChain: .file(keystore), privateKey: nil, keyPassword: security.keyPassword)
        tls.trustedCertificates = security.truststore.map { .file($0) }
        tls.clientAuthentication = security.clientAuthentication
        server.tls = try TLSServerContext(tls)
        return server
    }

    /// Sets one property. Throws `ValueError` for an unknown name or a value that makes no sense.
    public mutating func set(_ name: String, to value: String) throws {
        guard let property = Self.properties[name] else {
            if let option = Self.options[name] { throw ValueError("\(name) is given by \(option)") }
            let near = nearest(to: name, in: Self.properties.keys.sorted())
            throw ValueError("unknown setting \(name)\(near.map { "; did you mean \($0)?" } ?? "")")
        }
        do { try property(&self, value) } catch { throw ValueError("\(name): \(error)") }
    }

    /// Sets what the lines of a file in the syntax of Java's properties say. Throws `ValueError` with the number of the
    /// line.
    public mutating func set(parsing text: String) throws {
        for entry in PropertiesFile.parse(text) {
            do { try set(entry.key, to: entry.value) } catch { throw ValueError("line \(entry.line): \(error)") }
        }
    }

    /// The names of all that can be set.
    static var names: [String] { properties.keys.sorted() }

    private typealias Property = @Sendable (inout BrokerProperties, String) throws -> Void

    /// Properties of Kafka that are options of the command line here.
    private static let options = [
        "listeners": "--listen", "advertised.listeners": "--advertise", "log.dirs": "--data", "log.dir": "--data",
        "port": "--listen", "host.name": "--listen",
    ]

    private static let properties: [String: Property] = [
        "auto.create.topics.enable": { $0.broker.autoCreateTopics = try boolean($1) },
        "num.partitions": { $0.broker.defaultPartitions = Int32(try number($1, 1...10_000)) },
        "log.segment.bytes": { $0.broker.segmentBytes = try number($1, 1024...Int64(Int32.max)) },
        "log.retention.ms": { $0.broker.retentionMilliseconds = try number($1, -1...(.max)) },
        "log.retention.minutes": { $0.broker.retentionMilliseconds = try number($1, unit: 60_000) },
        "log.retention.hours": { $0.broker.retentionMilliseconds = try number($1, unit: 3_600_000) },
        "log.retention.bytes": { $0.broker.retentionBytes = try number($1, -1...(.max)) },
        "log.retention.check.interval.ms": { $0.broker.maintenanceInterval = try number($1, 1...(.max)) },
        "message.max.bytes": { $0.broker.maxMessageBytes = try number($1, 0...Int64(Int32.max)) },
        "group.initial.rebalance.delay.ms": {
            $0.broker.groupInitialRebalanceDelay = try number($1, 0...Int64(Int32.max))
        },
        "group.min.session.timeout.ms": { $0.broker.groupMinSessionTimeout = try number($1, 1...Int64(Int32.max)) },
        "group.max.session.timeout.ms": { $0.broker.groupMaxSessionTimeout = try number($1, 1...Int64(Int32.max)) },
        "group.max.size": { $0.broker.groupMaxSize = Int(try number($1, 1...Int64(Int32.max))) },
        "group.consumer.session.timeout.ms": {
            $0.broker.groupConsumerSessionTimeout = try number($1, 1...Int64(Int32.max))
        },
        "group.consumer.heartbeat.interval.ms": {
            $0.broker.groupConsumerHeartbeatInterval = try number($1, 1...Int64(Int32.max))
        },
        "group.consumer.max.size": { $0.broker.groupConsumerMaxSize = Int(try number($1, 1...Int64(Int32.max))) },
        "connection.failed.authentication.delay.ms": {
            $0.server.failedAuthenticationDelay = try number($1, 0...Int64(Int32.max))
        },
        "offset.metadata.max.bytes": { $0.broker.offsetMetadataMaxBytes = Int(try number($1, 0...Int64(Int32.max))) },
        "offsets.retention.minutes": { $0.broker.offsetsRetention = try number($1, unit: 60_000) },
        "offsets.retention.check.interval.ms": { $0.broker.expiryInterval = try number($1, 1...(.max)) },
        "transactional.id.expiration.ms": { $0.broker.transactionalIDExpiration = try number($1, -1...(.max)) },
        "transaction.max.timeout.ms": { $0.broker.transactionMaxTimeout = try number($1, 1...Int64(Int32.max)) },
        "fetch.max.bytes": { $0.broker.fetchMaxBytes = Int(try number($1, 1024...Int64(Int32.max))) },
        "max.incremental.fetch.session.cache.slots": {
            $0.broker.fetchSessionSlots = Int(try number($1, 0...Int64(Int32.max)))
        },
        "node.id": { $0.broker.nodeID = Int32(try number($1, 0...Int64(Int32.max))) },
        "broker.id": { $0.broker.nodeID = Int32(try number($1, 0...Int64(Int32.max))) },
        "socket.request.max.bytes": { $0.server.maxRequestBytes = Int(try number($1, 1...Int64(Int32.max))) },
        "queued.max.request.bytes": { $0.server.maxBytesUnderWay = Int(try number($1, 1...(.max))) },
        "max.connections": { $0.server.maxConnections = Int(try number($1, 1...(.max))) },
        "max.connections.per.ip": { $0.server.maxConnectionsPerAddress = Int(try number($1, 1...(.max))) },
        "security.protocol": {
            $0.security.securityProtocol = try word($1, SecurityProtocol.init, SecurityProtocol.allCases)
        },
        "sasl.enabled.mechanisms": {
            $0.security.mechanisms = try $1.split(separator: ",").map {
                try word(String($0.trimmingBlanks), SASLMechanism.init, SASLMechanism.allCases)
            }
            if $0.security.mechanisms.isEmpty { throw ValueError("there must be at least one") }
        },
        "ssl.keystore.location": { $0.security.keystore = $1 },
        "ssl.keystore.type": { try requirePEM($1) },
        "ssl.key.password": { $0.security.keyPassword = Secret($1) },
        "ssl.truststore.location": { $0.security.truststore = $1 },
        "ssl.truststore.type": { try requirePEM($1) },
        "ssl.client.auth": {
            $0.security.clientAuthentication = try word(
                $1, TLSServerContext.ClientAuthentication.init, [.none, .requested, .required])
        },
        "connections.max.idle.ms": { $0.server.idleTimeout = try number($1, 1...(.max)) },
    ]

    private static func number(_ text: String, _ range: ClosedRange<Int64>) throws -> Int64 {
        guard let number = Int64(text) else { throw ValueError("\"\(text)\" is not a whole number") }
        guard range.contains(number) else {
            let isOpen = range.upperBound == .max
            let limit = isOpen ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw ValueError("\(number) is out of range: it must be \(limit)")
        }
        return number
    }

    /// A time in a larger unit; -1 for none.
    private static func number(_ text: String, unit: Int64) throws -> Int64 {
        let number = try number(text, -1...(.max / unit))
        return number < 0 ? -1 : number * unit
    }

    private static func word<Word: RawRepresentable<String>>(
        _ text: String, _ make: (String) -> Word?, _ all: [Word]
    ) throws -> Word {
        guard let word = make(text) else {
            throw ValueError("\"\(text)\" is not one of \(all.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    private static func requirePEM(_ type: String) throws {
        guard type == "PEM" else { throw ValueError("only PEM files can be used") }
    }

    private static func boolean(_ text: String) throws -> Bool {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: throw ValueError("\"\(text)\" is neither true nor false")
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

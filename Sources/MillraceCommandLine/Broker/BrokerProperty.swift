internal import KafkaBroker
internal import KafkaNetwork

/// A setting of the broker: its name in Kafka, what it means, and how it is read and shown.
struct BrokerProperty: Sendable {
    let name: String
    let meaning: String
    let show: @Sendable (BrokerProperties) -> String
    let set: @Sendable (inout BrokerProperties, String) throws -> Void

    init(
        _ name: String, _ meaning: String, _ show: @escaping @Sendable (BrokerProperties) -> String,
        _ set: @escaping @Sendable (inout BrokerProperties, String) throws -> Void
    ) {
        self.name = name
        self.meaning = meaning
        self.show = show
        self.set = set
    }

    /// All of them.
    static let all: [BrokerProperty] = topics + groups + access + server + security

    private static let int = Int64(Int32.max)

    private static let topics = [
        BrokerProperty(
            "auto.create.topics.enable", "Whether asking for an unknown topic makes it.",
            { "\($0.broker.autoCreateTopics)" }, { $0.broker.autoCreateTopics = try boolean($1) }),
        BrokerProperty(
            "num.partitions", "The partitions of a topic that is made without saying how many.",
            { "\($0.broker.defaultPartitions)" }, { $0.broker.defaultPartitions = Int32(try number($1, 1...10_000)) }),
        BrokerProperty(
            "log.segment.bytes", "After how many bytes a new file of a partition is begun.",
            { "\($0.broker.segmentBytes)" }, { $0.broker.segmentBytes = try number($1, 1024...int) }),
        BrokerProperty(
            "log.retention.ms", "How long records are kept, by their timestamps, in milliseconds; -1 for ever. Kafka keeps them a week.",
            { "\($0.broker.retentionMilliseconds)" }, { $0.broker.retentionMilliseconds = try number($1, -1...(.max)) }),
        BrokerProperty(
            "log.retention.minutes", "The same in minutes.",
            { time($0.broker.retentionMilliseconds, unit: 60_000) }, { $0.broker.retentionMilliseconds = try number($1, unit: 60_000) }),
        BrokerProperty(
            "log.retention.hours", "The same in hours.",
            { time($0.broker.retentionMilliseconds, unit: 3_600_000) },
            { $0.broker.retentionMilliseconds = try number($1, unit: 3_600_000) }),
        BrokerProperty(
            "log.retention.bytes", "How many bytes of a partition are kept; -1 for all.",
            { "\($0.broker.retentionBytes)" }, { $0.broker.retentionBytes = try number($1, -1...(.max)) }),
        BrokerProperty(
            "log.retention.check.interval.ms", "How often retention and compaction are looked after, in milliseconds.",
            { "\($0.broker.maintenanceInterval)" }, { $0.broker.maintenanceInterval = try number($1, 1...(.max)) }),
        BrokerProperty(
            "message.max.bytes", "The largest batch that is taken, in bytes.",
            { "\($0.broker.maxMessageBytes)" }, { $0.broker.maxMessageBytes = try number($1, 0...int) }),
        BrokerProperty(
            "fetch.max.bytes", "The most bytes that a fetch is answered with.",
            { "\($0.broker.fetchMaxBytes)" }, { $0.broker.fetchMaxBytes = Int(try number($1, 1024...int)) }),
        BrokerProperty(
            "max.incremental.fetch.session.cache.slots", "The most fetch sessions that are kept.",
            { "\($0.broker.fetchSessionSlots)" }, { $0.broker.fetchSessionSlots = Int(try number($1, 0...int)) }),
    ]

    private static let groups = [
        BrokerProperty(
            "group.initial.rebalance.delay.ms", "How long the first join of an empty group waits for others, in milliseconds.",
            { "\($0.broker.groupInitialRebalanceDelay)" }, { $0.broker.groupInitialRebalanceDelay = try number($1, 0...int) }),
        BrokerProperty(
            "group.min.session.timeout.ms", "The shortest session timeout that a member may ask for.",
            { "\($0.broker.groupMinSessionTimeout)" }, { $0.broker.groupMinSessionTimeout = try number($1, 1...int) }),
        BrokerProperty(
            "group.max.session.timeout.ms", "The longest session timeout that a member may ask for.",
            { "\($0.broker.groupMaxSessionTimeout)" }, { $0.broker.groupMaxSessionTimeout = try number($1, 1...int) }),
        BrokerProperty(
            "group.max.size", "The most members of a group.",
            { "\($0.broker.groupMaxSize)" }, { $0.broker.groupMaxSize = Int(try number($1, 1...int)) }),
        BrokerProperty(
            "group.consumer.session.timeout.ms", "After which silence a member of the consumer protocol is out, in milliseconds.",
            { "\($0.broker.groupConsumerSessionTimeout)" }, { $0.broker.groupConsumerSessionTimeout = try number($1, 1...int) }),
        BrokerProperty(
            "group.consumer.heartbeat.interval.ms", "How often members of the consumer protocol are told to send heartbeats.",
            { "\($0.broker.groupConsumerHeartbeatInterval)" }, { $0.broker.groupConsumerHeartbeatInterval = try number($1, 1...int) }),
        BrokerProperty(
            "group.consumer.max.size", "The most members of a group of the consumer protocol.",
            { "\($0.broker.groupConsumerMaxSize)" }, { $0.broker.groupConsumerMaxSize = Int(try number($1, 1...int)) }),
        BrokerProperty(
            "offset.metadata.max.bytes", "The longest metadata of a committed offset, in bytes.",
            { "\($0.broker.offsetMetadataMaxBytes)" }, { $0.broker.offsetMetadataMaxBytes = Int(try number($1, 0...int)) }),
        BrokerProperty(
            "offsets.retention.minutes", "How long offsets of a group without members are kept; -1 for ever.",
            { time($0.broker.offsetsRetention, unit: 60_000) }, { $0.broker.offsetsRetention = try number($1, unit: 60_000) }),
        BrokerProperty(
            "offsets.retention.check.interval.ms", "How often offsets, groups and transactional ids that nobody uses are looked for.",
            { "\($0.broker.expiryInterval)" }, { $0.broker.expiryInterval = try number($1, 1...(.max)) }),
        BrokerProperty(
            "transactional.id.expiration.ms", "How long a transactional id that nobody uses is remembered; -1 for ever.",
            { "\($0.broker.transactionalIDExpiration)" }, { $0.broker.transactionalIDExpiration = try number($1, -1...(.max)) }),
        BrokerProperty(
            "transaction.max.timeout.ms", "The longest timeout that a transaction may ask for.",
            { "\($0.broker.transactionMaxTimeout)" }, { $0.broker.transactionMaxTimeout = try number($1, 1...int) }),
    ]

    private static let access = [
        BrokerProperty(
            "authorizer.class.name", "Whether clients may do only what rules (\"broker acls\") allow: StandardAuthorizer if so, empty if not.",
            { $0.authorizes ? "StandardAuthorizer" : "" },
            { $0.authorizes = try isAuthorizer($1) }),
        BrokerProperty(
            "super.users", "Who may do everything, as User:alice;User:bob.",
            { $0.authorizer.superUsers.sorted().joined(separator: ";") }, { $0.authorizer.superUsers = try principals($1) }),
        BrokerProperty(
            "allow.everyone.if.no.acl.found", "Whether everybody may do everything to what no rule is about.",
            { "\($0.authorizer.allowsEveryoneIfNoACL)" }, { $0.authorizer.allowsEveryoneIfNoACL = try boolean($1) }),
    ]

    private static let server = [
        BrokerProperty(
            "node.id", "The number of this broker; what an existing directory says goes before it.",
            { "\($0.broker.nodeID)" }, { $0.broker.nodeID = Int32(try number($1, 0...int)) }),
        BrokerProperty(
            "broker.id", "The same, as it was called before.",
            { "\($0.broker.nodeID)" }, { $0.broker.nodeID = Int32(try number($1, 0...int)) }),
        BrokerProperty(
            "socket.request.max.bytes", "The largest request, in bytes.",
            { "\($0.server.maxRequestBytes)" }, { $0.server.maxRequestBytes = Int(try number($1, 1...int)) }),
        BrokerProperty(
            "queued.max.request.bytes", "The most bytes of requests and answers under way, of all clients together.",
            { "\($0.server.maxBytesUnderWay)" }, { $0.server.maxBytesUnderWay = Int(try number($1, 1...(.max))) }),
        BrokerProperty(
            "max.connections", "The most connections.",
            { "\($0.server.maxConnections)" }, { $0.server.maxConnections = Int(try number($1, 1...(.max))) }),
        BrokerProperty(
            "max.connections.per.ip", "The most connections from one address.",
            { "\($0.server.maxConnectionsPerAddress)" }, { $0.server.maxConnectionsPerAddress = Int(try number($1, 1...(.max))) }),
        BrokerProperty(
            "connections.max.idle.ms", "After which silence a connection is closed, in milliseconds.",
            { "\($0.server.idleTimeout)" }, { $0.server.idleTimeout = try number($1, 1...(.max)) }),
        BrokerProperty(
            "connection.failed.authentication.delay.ms", "How long a failed login waits for its answer, in milliseconds.",
            { "\($0.server.failedAuthenticationDelay)" }, { $0.server.failedAuthenticationDelay = try number($1, 0...int) }),
    ]

    private static let security = [
        BrokerProperty(
            "security.protocol", "How clients connect: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
            { $0.security.securityProtocol.rawValue },
            {
                $0.security.securityProtocol = try word(
                    $1, BrokerProperties.SecurityProtocol.init, BrokerProperties.SecurityProtocol.allCases)
            }),
        BrokerProperty(
            "sasl.enabled.mechanisms", "How users may prove who they are: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.",
            { $0.security.mechanisms.map(\.rawValue).joined(separator: ",") }, { $0.security.mechanisms = try mechanisms($1) }),
        BrokerProperty(
            "ssl.keystore.location", "A PEM file with the broker's key and certificates.",
            { $0.security.keystore ?? "" }, { $0.security.keystore = $1 }),
        BrokerProperty(
            "ssl.keystore.type", "The form of that file: PEM.",
            { _ in "PEM" }, { _, text in try requirePEM(text) }),
        BrokerProperty(
            "ssl.key.password", "The password of the key.",
            { _ in "" }, { $0.security.keyPassword = Secret($1) }),
        BrokerProperty(
            "ssl.truststore.location", "A PEM file with the authorities whose clients are trusted.",
            { $0.security.truststore ?? "" }, { $0.security.truststore = $1 }),
        BrokerProperty(
            "ssl.truststore.type", "The form of that file: PEM.",
            { _ in "PEM" }, { _, text in try requirePEM(text) }),
        BrokerProperty(
            "ssl.client.auth", "Whether clients show certificates: none, requested or required.",
            { $0.security.clientAuthentication.rawValue },
            {
                $0.security.clientAuthentication = try word(
                    $1, TLSServerContext.ClientAuthentication.init, [.none, .requested, .required])
            }),
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

    private static func time(_ milliseconds: Int64, unit: Int64) -> String {
        milliseconds < 0 ? "-1" : "\(milliseconds / unit)"
    }

    private static func mechanisms(_ text: String) throws -> [SASLMechanism] {
        let mechanisms = try text.split(separator: ",").map {
            try word(String($0.trimmingBlanks), SASLMechanism.init, SASLMechanism.allCases)
        }
        if mechanisms.isEmpty { throw ValueError("there must be at least one") }
        return mechanisms
    }

    /// Kafka has several classes, of which the last parts of the names count.
    private static func isAuthorizer(_ name: String) throws -> Bool {
        switch name.split(separator: ".").last {
        case nil: return false
        case "StandardAuthorizer", "AclAuthorizer": return true
        case let other?: throw ValueError("\"\(other)\" is not known; there is StandardAuthorizer")
        }
    }

    private static func principals(_ text: String) throws -> Set<String> {
        let principals = text.split(separator: ";").map { String($0.trimmingBlanks) }.filter { !$0.isEmpty }
        for principal in principals where !principal.hasPrefix("User:") || principal == "User:" {
            throw ValueError("\"\(principal)\" is not of the form User:name")
        }
        return Set(principals)
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

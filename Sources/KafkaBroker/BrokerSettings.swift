internal import KafkaNetwork
internal import Synchronization

/// A setting of the broker as clients are told of it.
struct BrokerSetting: Sendable, Equatable {
    /// The name that it has in Kafka.
    var name: String
    var type: ConfigDefinition.ValueType
    var value: String
    /// Whether nobody has set it.
    var isDefault = true
}

/// A server of the broker.
struct ServedListener: Sendable {
    var address: NetworkAddress
    var configuration: ServerConfiguration

    /// The name of the way it is protected.
    fileprivate var protocolName: String {
        switch (configuration.tls != nil, !configuration.saslMechanisms.isEmpty) {
        case (false, false): "PLAINTEXT"
        case (true, false): "SSL"
        case (false, true): "SASL_PLAINTEXT"
        case (true, true): "SASL_SSL"
        }
    }

    fileprivate func text(_ address: NetworkAddress) -> String { "\(protocolName)://\(address)" }
}

extension Broker {
    /// All settings under Kafka's names, those too that one node alone cannot have otherwise.
    var settings: [BrokerSetting] {
        let listeners = listeners.withLock { $0 }
        var settings = configuration.settings(of: listeners.first?.configuration ?? ServerConfiguration())
        let standard = BrokerConfiguration().settings(of: ServerConfiguration())
        for index in settings.indices { settings[index].isDefault = settings[index] == standard[index] }
        settings += [
            BrokerSetting(
                name: "advertised.listeners", type: .list,
                value: listeners.map { $0.text($0.configuration.advertised ?? $0.address) }.joined(separator: ","),
                isDefault: false),
            BrokerSetting(name: "broker.id", type: .int, value: "\(identity.nodeID)", isDefault: false),
            BrokerSetting(
                name: "listeners", type: .list, value: listeners.map { $0.text($0.address) }.joined(separator: ","),
                isDefault: false),
            BrokerSetting(name: "log.dir", type: .string, value: directory.absolutePath, isDefault: false),
            BrokerSetting(name: "log.dirs", type: .string, value: directory.absolutePath, isDefault: false),
            BrokerSetting(name: "node.id", type: .int, value: "\(identity.nodeID)", isDefault: false),
        ]
        return settings.sorted { $0.name < $1.name }
    }
}

extension Broker {
    /// The settings of a group of the consumer protocol.
    var groupSettings: [BrokerSetting] {
        let standard = BrokerConfiguration()
        return [
            BrokerSetting(
                name: "consumer.heartbeat.interval.ms", type: .int,
                value: "\(Int32(clamping: configuration.groupConsumerHeartbeatInterval))",
                isDefault: configuration.groupConsumerHeartbeatInterval == standard.groupConsumerHeartbeatInterval),
            BrokerSetting(
                name: "consumer.session.timeout.ms", type: .int,
                value: "\(Int32(clamping: configuration.groupConsumerSessionTimeout))",
                isDefault: configuration.groupConsumerSessionTimeout == standard.groupConsumerSessionTimeout),
        ]
    }
}

extension BrokerConfiguration {
    fileprivate func settings(of server: ServerConfiguration) -> [BrokerSetting] {
        // Kafka's clients read an INT as one of 32 bits.
        func int(_ value: some BinaryInteger) -> String { "\(Int32(clamping: value))" }
        let table: [(String, ConfigDefinition.ValueType, String)] = [
            ("allow.everyone.if.no.acl.found", .boolean, "\(authorizer?.allowsEveryoneIfNoACL ?? false)"),
            (
                "authorizer.class.name", .string,
                authorizer == nil ? "" : "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
            ),
            ("auto.create.topics.enable", .boolean, "\(autoCreateTopics)"),
            ("auto.leader.rebalance.enable", .boolean, "false"),
            ("compression.type", .string, "producer"),
            ("connection.failed.authentication.delay.ms", .int, int(server.failedAuthenticationDelay)),
            ("connections.max.idle.ms", .long, "\(server.idleTimeout)"),
            ("default.replication.factor", .int, "1"),
            ("delete.topic.enable", .boolean, "true"),
            ("fetch.max.bytes", .int, int(fetchMaxBytes)),
            ("group.consumer.assignors", .list, "uniform,range"),
            ("group.consumer.heartbeat.interval.ms", .int, int(groupConsumerHeartbeatInterval)),
            ("group.consumer.max.size", .int, int(groupConsumerMaxSize)),
            ("group.consumer.migration.policy", .string, "bidirectional"),
            ("group.consumer.session.timeout.ms", .int, int(groupConsumerSessionTimeout)),
            ("group.coordinator.rebalance.protocols", .list, "classic,consumer"),
            ("group.initial.rebalance.delay.ms", .int, int(groupInitialRebalanceDelay)),
            ("group.max.session.timeout.ms", .int, int(groupMaxSessionTimeout)),
            ("group.max.size", .int, int(groupMaxSize)),
            ("group.min.session.timeout.ms", .int, int(groupMinSessionTimeout)),
            ("log.cleaner.delete.retention.ms", .long, "86400000"),
            ("log.cleaner.enable", .boolean, "true"),
            ("log.cleaner.max.compaction.lag.ms", .long, "\(Int64.max)"),
            ("log.cleaner.min.cleanable.ratio", .double, "0.5"),
            ("log.cleaner.min.compaction.lag.ms", .long, "0"),
            ("log.cleanup.policy", .list, "delete"),
            ("log.flush.interval.messages", .long, "\(Int64.max)"),
            ("log.flush.interval.ms", .long, "\(Int64.max)"),
            ("log.index.interval.bytes", .int, "4096"),
            ("log.index.size.max.bytes", .int, "10485760"),
            ("log.message.timestamp.type", .string, "CreateTime"),
            ("log.preallocate", .boolean, "false"),
            ("log.retention.bytes", .long, "\(max(-1, retentionBytes))"),
            ("log.retention.check.interval.ms", .long, "\(maintenanceInterval)"),
            ("log.retention.hours", .int, int(retentionMilliseconds < 0 ? -1 : retentionMilliseconds / 3_600_000)),
            ("log.retention.ms", .long, "\(max(-1, retentionMilliseconds))"),
            ("log.roll.hours", .int, "168"),
            ("log.roll.ms", .long, "604800000"),
            ("log.segment.bytes", .int, int(segmentBytes)),
            ("log.segment.delete.delay.ms", .long, "60000"),
            ("max.connections", .int, int(server.maxConnections)),
            ("max.connections.per.ip", .int, int(server.maxConnectionsPerAddress)),
            ("max.incremental.fetch.session.cache.slots", .int, int(fetchSessionSlots)),
            ("message.max.bytes", .int, int(maxMessageBytes)),
            ("min.insync.replicas", .int, "1"),
            ("num.partitions", .int, "\(defaultPartitions)"),
            ("offset.metadata.max.bytes", .int, int(offsetMetadataMaxBytes)),
            ("offsets.retention.check.interval.ms", .long, "\(expiryInterval)"),
            ("offsets.retention.minutes", .int, int(offsetsRetention < 0 ? -1 : offsetsRetention / 60_000)),
            ("offsets.topic.num.partitions", .int, "1"),
            ("offsets.topic.replication.factor", .int, "1"),
            ("offsets.topic.segment.bytes", .int, "\(8 << 20)"),
            ("process.roles", .list, "broker,controller"),
            ("queued.max.request.bytes", .long, "\(server.maxBytesUnderWay)"),
            ("sasl.enabled.mechanisms", .list, server.saslMechanisms.map(\.rawValue).joined(separator: ",")),
            ("socket.request.max.bytes", .int, int(server.maxRequestBytes)),
            ("super.users", .string, (authorizer?.superUsers ?? []).sorted().joined(separator: ";")),
            ("transaction.max.timeout.ms", .int, int(transactionMaxTimeout)),
            ("transaction.state.log.min.isr", .int, "1"),
            ("transaction.state.log.num.partitions", .int, "1"),
            ("transaction.state.log.replication.factor", .int, "1"),
            ("transaction.state.log.segment.bytes", .int, "\(8 << 20)"),
            ("transactional.id.expiration.ms", .int, int(transactionalIDExpiration)),
            ("unclean.leader.election.enable", .boolean, "false"),
        ]
        return table.map { BrokerSetting(name: $0.0, type: $0.1, value: $0.2) }
    }
}

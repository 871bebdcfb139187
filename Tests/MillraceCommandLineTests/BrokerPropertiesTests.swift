import KafkaBroker
import MillraceCommandLine
import Testing

@Suite struct BrokerPropertiesTests {
    /// What is said about a setting that is refused.
    private func refusal(_ name: String, _ value: String) -> String? {
        var properties = BrokerProperties()
        do {
            try properties.set(name, to: value)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `settings have Kafka's names`() throws {
        var properties = BrokerProperties()
        try properties.set(
            parsing: """
                # A comment
                num.partitions=4
                auto.create.topics.enable = false
                log.retention.hours: 168
                offsets.retention.minutes=10
                offsets.retention.check.interval.ms=1000
                transactional.id.expiration.ms=5000
                transaction.max.timeout.ms=60000
                message.max.bytes=2000000
                socket.request.max.bytes=3000000
                max.connections=7
                connections.max.idle.ms=1234
                """)
        #expect(properties.broker.defaultPartitions == 4)
        #expect(!properties.broker.autoCreateTopics)
        #expect(properties.broker.retentionMilliseconds == 168 * 3_600_000)
        #expect(properties.broker.offsetsRetention == 600_000)
        #expect(properties.broker.expiryInterval == 1000)
        #expect(properties.broker.transactionalIDExpiration == 5000)
        #expect(properties.broker.transactionMaxTimeout == 60_000)
        #expect(properties.broker.maxMessageBytes == 2_000_000)
        let server = try properties.serverConfiguration()
        #expect(server.maxRequestBytes == 3_000_000)
        #expect(server.maxConnections == 7)
        #expect(server.idleTimeout == 1234)
        #expect(server.saslMechanisms.isEmpty)
        #expect(server.tls == nil)
        try properties.set("offsets.retention.minutes", to: "-1")
        #expect(properties.broker.offsetsRetention == -1)
        // What is set later counts.
        try properties.set("num.partitions", to: "5")
        #expect(properties.broker.defaultPartitions == 5)
    }

    @Test func `names and values that make no sense are refused with a hint`() {
        #expect(refusal("num.partition", "4") == "unknown setting num.partition; did you mean num.partitions?")
        #expect(refusal("zookeeper.connect", "x")?.hasPrefix("unknown setting zookeeper.connect") == true)
        #expect(refusal("listeners", "PLAINTEXT://:9092") == "listeners is given by --listen")
        #expect(refusal("num.partitions", "four") == "num.partitions: \"four\" is not a whole number")
        #expect(
            refusal("num.partitions", "0") == "num.partitions: 0 is out of range: it must be from 1 to 10000")
        #expect(
            refusal("offsets.retention.check.interval.ms", "0")
                == "offsets.retention.check.interval.ms: 0 is out of range: it must be at least 1")
        #expect(refusal("auto.create.topics.enable", "yes")?.hasSuffix("is neither true nor false") == true)
        #expect(refusal("security.protocol", "TLS")?.contains("SASL_SSL") == true)
        #expect(refusal("sasl.enabled.mechanisms", "GSSAPI")?.contains("SCRAM-SHA-256") == true)
        #expect(refusal("ssl.keystore.type", "JKS") == "ssl.keystore.type: only PEM files can be used")
        var properties = BrokerProperties()
        do {
            try properties.set(parsing: "num.partitions=4\n\nnode.id=x\n")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)" == "line 3: node.id: \"x\" is not a whole number")
        }
    }

    @Test func `security settings must fit together`() throws {
        var properties = BrokerProperties()
        try properties.set("security.protocol", to: "SASL_PLAINTEXT")
        #expect(try properties.serverConfiguration().saslMechanisms == [.scramSHA256, .scramSHA512])
        try properties.set("sasl.enabled.mechanisms", to: "PLAIN, SCRAM-SHA-512")
        #expect(try properties.serverConfiguration().saslMechanisms == [.plain, .scramSHA512])
        try properties.set("security.protocol", to: "SSL")
        #expect(throws: ValueError.self) { try properties.serverConfiguration() }
        try properties.set("security.protocol", to: "PLAINTEXT")
        #expect(try properties.serverConfiguration().saslMechanisms.isEmpty)
    }
}

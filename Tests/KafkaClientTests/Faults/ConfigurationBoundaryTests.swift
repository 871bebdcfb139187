import KafkaBroker
import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaClient

/// Settings each number of which is, in turn, at the ends of its range and at those of its neighbours': producers and
/// consumers work, or say what is wrong.
@Suite(.timeLimit(.minutes(5))) struct ConfigurationBoundaryTests {
    private static let durations = Int64.boundaryValues.map { Duration.milliseconds($0) } + BoundaryTests.durations

    private func variants<C>(
        of base: C, _ numbers: [BoundaryField<C>], _ times: [(String, WritableKeyPath<C, Duration>)]
    ) -> [(name: String, root: C)] {
        var random = SplitMix(seed: 8)
        return boundaryVariants(of: base, numbers, pairs: 50, using: &random)
            + times.flatMap { name, path in
                Self.durations.map { duration in
                    var changed = base
                    changed[keyPath: path] = duration
                    return ("\(name)=\(duration)", changed)
                }
            }
    }

    /// Does the work with each variant, by a hasty clock.
    private func forEach<C: Sendable>(
        _ variants: [(name: String, root: C)], _ work: @escaping @Sendable (KafkaClient, C) async throws -> Void
    ) async throws {
        try await TestCluster.run(inMemory: true) { cluster in
            try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
            try await cluster.produce((0..<5).map { "\($0)" }, to: "t")
            for (name, variant) in variants {
                let client = KafkaClient(
                    transport: cluster.broker.transport(clientID: name), clientID: name,
                    retryPolicy: RetryPolicy(timeout: .seconds(2)), environment: .hasty(0.01))
                do { try await work(client, variant) } catch { #expect(error is KafkaError, "\(name): \(error)") }
            }
        }
    }

    @Test(arguments: durations) func `nothing is repeated without a pause, whatever the interval`(_ interval: Duration) {
        let consumer = Consumer(
            client: KafkaClient(transport: ScriptedTransport(), clientID: "c"),
            configuration: ConsumerConfiguration(
                fetchMaxWait: interval, heartbeatInterval: interval, metadataMaxAge: interval, autoCommitInterval: interval)
        ).configuration
        #expect(consumer.heartbeatInterval.milliseconds > 0 && consumer.metadataMaxAge.milliseconds > 0)
        #expect(consumer.autoCommitInterval.milliseconds > 0 && consumer.fetchMaxWait.milliseconds >= 0)
    }

    @Test(arguments: [nil, "x"]) func `a producer`(_ transactionalID: String?) async throws {
        let base = ProducerConfiguration(transactionalID: transactionalID, deliveryTimeout: .seconds(3))
        let numbers: [BoundaryField<ProducerConfiguration>] = [
            .init("batchBytes", \.batchBytes), .init("bufferBytes", \.bufferBytes), .init("maxInFlight", \.maxInFlight),
        ]
        let times: [(String, WritableKeyPath<ProducerConfiguration, Duration>)] = [
            ("linger", \.linger), ("deliveryTimeout", \.deliveryTimeout), ("requestTimeout", \.requestTimeout),
            ("transactionTimeout", \.transactionTimeout),
        ]
        try await forEach(variants(of: base, numbers, times)) { client, configuration in
            try await HostileNumberTests.with(client, configuration) { producer in
                if transactionalID != nil {
                    try await producer.initTransactions()
                    try producer.beginTransaction()
                }
                for _ in 0..<3 {
                    try await producer.enqueue(ProducerRecord(topic: "t", partition: 1, value: Bytes(utf8: "x")))
                }
                try await producer.flush()
                if transactionalID != nil { try await producer.commitTransaction() }
            }
        }
    }

    @Test(arguments: [nil, "g"]) func `a consumer`(_ groupID: String?) async throws {
        let base = ConsumerConfiguration(groupID: groupID, fetchMaxWait: .milliseconds(10), sessionTimeout: .seconds(6))
        let numbers: [BoundaryField<ConsumerConfiguration>] = [
            .init("fetchMaxBytes", \.fetchMaxBytes), .init("partitionFetchBytes", \.partitionFetchBytes),
            .init("minBytes", \.minBytes), .init("bufferBytesPerPartition", \.bufferBytesPerPartition),
        ]
        let times: [(String, WritableKeyPath<ConsumerConfiguration, Duration>)] = [
            ("fetchMaxWait", \.fetchMaxWait), ("metadataMaxAge", \.metadataMaxAge), ("autoCommitInterval", \.autoCommitInterval),
        ]
        let ofGroups: [(String, WritableKeyPath<ConsumerConfiguration, Duration>)] = [
            ("sessionTimeout", \.sessionTimeout), ("heartbeatInterval", \.heartbeatInterval),
            ("rebalanceTimeout", \.rebalanceTimeout),
        ]
        let all = variants(of: base, numbers, groupID == nil ? times : times + ofGroups)
        try await forEach(all) { client, configuration in
            var configuration = configuration
            // One after the other in a group of its own, as a member that leaves in disorder is waited for.
            if groupID != nil { configuration.groupID = client.clientID }
            try await HostileNumberTests.read(client, configuration)
        }
    }
}

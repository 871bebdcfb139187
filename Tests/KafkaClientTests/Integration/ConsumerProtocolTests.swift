import KafkaBroker
import KafkaClient
import KafkaProtocol
import Testing

/// Consumers that speak the consumer protocol (KIP-848), in a group on the embedded broker.
@Suite struct ConsumerProtocolTests {
    static func configuration(_ instanceID: String? = nil) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(groupID: "g", groupInstanceID: instanceID)
        configuration.groupProtocol = .consumer()
        return configuration
    }

    static func broker() -> BrokerConfiguration {
        var configuration = BrokerConfiguration()
        configuration.groupConsumerHeartbeatInterval = 20
        return configuration
    }

    /// Takes events, and gives back what is to go, until the consumer has so many partitions.
    static func settle(_ consumer: Consumer, at count: Int) async throws -> [TopicPartition] {
        while consumer.assignment.count != count {
            switch try await consumer.nextEvent() {
            case .revoked: consumer.acknowledgeRevocation()
            case .error(let error) where !error.isRetriable: throw error
            case .assigned, .lost, .error: break
            }
        }
        return consumer.assignment
    }

    @Test func `members share partitions as they come and go, commit, and go on from what is committed`() async throws {
        try await withTimeLimit {
            try await TestCluster.run(Self.broker()) { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 4)])
                for partition in 0..<4 as Range<Int32> { try await cluster.produce(["a", "b"], to: "t", partition: partition) }
                try await cluster.withConsumer(Self.configuration()) { first in
                    try first.subscribe(["t"])
                    #expect(try await Self.settle(first, at: 4).count == 4)
                    try await first.commit([TopicPartition("t", 3): OffsetAndMetadata(offset: 1)])
                    try await cluster.withConsumer(Self.configuration()) { second in
                        try second.subscribe(["t"])
                        async let own = Self.settle(second, at: 2)
                        let others = try await Self.settle(first, at: 2)
                        #expect(try await Set(own + others).count == 4)
                    }
                    _ = try await Self.settle(first, at: 4)
                    let groups = try await cluster.admin.listGroups()
                    #expect(groups.map(\.groupID) == ["g"])
                    // The epoch has been raised several times.
                    try await first.commit([TopicPartition("t", 2): OffsetAndMetadata(offset: 2)])
                }
                let committed = try await cluster.admin.committedOffsets(of: "g")
                #expect(committed[TopicPartition("t", 3)]?.offset == 1 && committed[TopicPartition("t", 2)]?.offset == 2)
                let records = try await cluster.withConsumer(Self.configuration()) { consumer in
                    try consumer.subscribe(["t"])
                    var seen: [String] = []
                    for try await record in consumer.records {
                        seen.append("\(record.topicPartition.partition) \(record.value?.string ?? "")")
                        if seen.count == 5 { break }
                    }
                    return seen.sorted()
                }
                #expect(records == ["0 a", "0 b", "1 a", "1 b", "3 b"])
            }
        }
    }

    @Test func `members of both protocols are in one group`() async throws {
        try await withTimeLimit {
            try await TestCluster.run(Self.broker()) { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 4)])
                try await cluster.withConsumer(Self.configuration()) { new in
                    try new.subscribe(["t"])
                    _ = try await Self.settle(new, at: 4)
                    var classic = ConsumerConfiguration(groupID: "g", heartbeatInterval: .milliseconds(20))
                    classic.assignor = CooperativeStickyAssignor()
                    try await cluster.withConsumer(classic) { old in
                        try old.subscribe(["t"])
                        async let own = Self.settle(old, at: 2)
                        let others = try await Self.settle(new, at: 2)
                        #expect(try await Set(own + others).count == 4)
                    }
                }
            }
        }
    }

    @Test func `a static member comes back to what it had, and two with one name wait for each other`() async throws {
        try await withTimeLimit {
            try await TestCluster.run(Self.broker()) { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 4)])
                try await cluster.withConsumer(Self.configuration()) { other in
                    try other.subscribe(["t"])
                    _ = try await Self.settle(other, at: 4)
                    let had = try await cluster.withConsumer(Self.configuration("i")) { consumer in
                        try consumer.subscribe(["t"])
                        async let had = Self.settle(consumer, at: 2)
                        _ = try await Self.settle(other, at: 2)
                        return try await had
                    }
                    // It has gone, and nobody has got anything.
                    #expect(other.assignment.count == 2)
                    try await cluster.withConsumer(Self.configuration("i")) { consumer in
                        try consumer.subscribe(["t"])
                        #expect(try await Self.settle(consumer, at: 2) == had)
                    }
                }
            }
        }
    }

    @Test func `topics that match a pattern are taken in as they come to be`() async throws {
        try await withTimeLimit {
            try await TestCluster.run(Self.broker()) { cluster in
                try await cluster.admin.createTopics([NewTopic("t-1", partitions: 2)])
                for groupProtocol in [GroupProtocol.classic, .consumer()] {
                    var configuration = ConsumerConfiguration(
                        groupID: "\(groupProtocol)", heartbeatInterval: .milliseconds(20), assignor: CooperativeStickyAssignor(),
                        metadataMaxAge: .milliseconds(20))
                    configuration.groupProtocol = groupProtocol
                    try await cluster.withConsumer(configuration) { consumer in
                        try consumer.subscribe(matching: "t-.*")
                        _ = try await Self.settle(consumer, at: 2)
                        try await cluster.admin.createTopics([NewTopic("t-2", partitions: 1), NewTopic("u", partitions: 1)])
                        #expect(try await Self.settle(consumer, at: 3).last == TopicPartition("t-2", 0))
                        try await cluster.admin.deleteTopics(["t-2"])
                        while consumer.assignment.count != 2 {
                            if case .revoked = try await consumer.nextEvent() { consumer.acknowledgeRevocation() }
                        }
                        try await cluster.admin.deleteTopics(["u"])
                    }
                }
                #expect(throws: KafkaError.self) { try Consumer(client: cluster.client, configuration: Self.configuration()).subscribe(matching: "(") }
            }
        }
    }
}

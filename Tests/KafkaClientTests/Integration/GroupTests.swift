import KafkaBroker
import KafkaClient
import KafkaProtocol
import Testing

@Suite struct GroupTests {
    static func configuration(_ group: String = "g") -> ConsumerConfiguration {
        ConsumerConfiguration(groupID: group, sessionTimeout: .seconds(300), heartbeatInterval: .milliseconds(20))
    }

    @Test func `a consumer gets all partitions and resumes at the committed offset`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 1)])
                try await cluster.produce(["a", "b", "c"], to: "t")
                let partition = TopicPartition("t", 0)
                try await cluster.withConsumer(Self.configuration()) { consumer in
                    try consumer.subscribe(["t"])
                    guard case .assigned(let partitions) = try await consumer.nextEvent() else {
                        throw TimeLimitExceeded()
                    }
                    #expect(partitions == [partition])
                    try await consumer.commit([partition: OffsetAndMetadata(offset: 2, metadata: "stream time 7")])
                    let committed = try await consumer.committed([partition])
                    #expect(committed[partition]?.offset == 2 && committed[partition]?.metadata == "stream time 7")
                }
                let value = try await cluster.withConsumer(Self.configuration()) { consumer in
                    try consumer.subscribe(["t"])
                    for try await record in consumer.records { return record.value?.string }
                    return nil
                }
                #expect(value == "c")
                let groups = try await cluster.admin.listGroups()
                #expect(groups.map(\.groupID) == ["g"])
                #expect(try await cluster.admin.committedOffsets(of: "g")[partition]?.offset == 2)
            }
        }
    }

    @Test func `two consumers share the partitions, and the one that stays takes over`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 4)])
                let first = Consumer(client: cluster.client, configuration: Self.configuration())
                let second = Consumer(client: cluster.client, configuration: Self.configuration())
                async let runningFirst: Void = first.run()
                async let runningSecond: Void = second.run()

                try first.subscribe(["t"])
                #expect(try await first.nextAssignment().count == 4)
                let old = first.groupMetadata
                try second.subscribe(["t"])
                guard case .revoked(let revoked) = try await first.nextEvent() else { throw TimeLimitExceeded() }
                #expect(revoked.count == 4)
                // The rebalance waits for this, and so the commit counts.
                try await first.commit([TopicPartition("t", 0): OffsetAndMetadata(offset: 0)])
                first.acknowledgeRevocation()
                let a = try await first.nextAssignment()
                let b = try await second.nextAssignment()
                #expect(a.count == 2 && b.count == 2 && Set(a + b).count == 4)
                #expect(first.groupMetadata.generation > old.generation)

                let description = try await cluster.admin.describeGroups(["g"])["g"]
                #expect(description?.members.count == 2 && description?.state == "Stable")

                await first.close()
                try await runningFirst
                guard case .revoked = try await second.nextEvent() else { throw TimeLimitExceeded() }
                second.acknowledgeRevocation()
                #expect(try await second.nextAssignment().count == 4)
                await second.close()
                try await runningSecond
            }
        }
    }

    @Test func `another list of topics makes the group rebalance`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 1), NewTopic("u", partitions: 2)])
                try await cluster.withConsumer(Self.configuration()) { consumer in
                    try consumer.subscribe(["t"])
                    #expect(try await consumer.nextAssignment() == [TopicPartition("t", 0)])
                    try consumer.subscribe(["t", "u"])
                    guard case .revoked = try await consumer.nextEvent() else { throw TimeLimitExceeded() }
                    consumer.acknowledgeRevocation()
                    #expect(try await consumer.nextAssignment().count == 3)
                }
            }
        }
    }

    @Test func `records are read once by a group that rebalances, with automatic commits`() async throws {
        try await withTimeLimit(seconds: 60) {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 3)])
                var configuration = Self.configuration()
                configuration.commitsAutomatically = true
                configuration.autoCommitInterval = .milliseconds(10)
                let fixed = configuration
                let seen = try await withThrowingTaskGroup(of: [String].self) { group in
                    let readers = (0..<2).map { _ in Consumer(client: cluster.client, configuration: fixed) }
                    let counter = Counter()
                    for reader in readers {
                        group.addTask {
                            try await reader.run()
                            return []
                        }
                        group.addTask {
                            var values: [String] = []
                            try reader.subscribe(["t"])
                            for try await record in reader.records {
                                values.append(record.value?.string ?? "")
                                if counter.add() == 300 { for reader in readers { await reader.close() } }
                            }
                            return values
                        }
                    }
                    for round in 0..<10 {
                        for partition in 0..<3 {
                            let texts = (0..<10).map { "\(round)-\(partition)-\($0)" }
                            try await cluster.produce(texts, to: "t", partition: Int32(partition))
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(seen.count == 300 && Set(seen).count == 300)
            }
        }
    }

    @Test func `a group of either protocol is described`() async throws {
        try await withTimeLimit {
            try await TestCluster.run { cluster in
                try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
                let transport = cluster.broker.transport(clientID: "other")
                _ = try await transport.send(
                    ConsumerGroupHeartbeatRequest(
                        groupId: "new", memberId: "m", rebalanceTimeoutMs: 1000, subscribedTopicNames: ["t"], topicPartitions: []),
                    to: nil)
                try await cluster.admin.alterOffsets(of: "old", [TopicPartition("t", 0): OffsetAndMetadata(offset: 0)])
                let listed = try await cluster.admin.listGroups()
                #expect(listed.map(\.groupID) == ["new", "old"])
                #expect(listed.map(\.type) == ["consumer", "classic"])
                let described = try await cluster.admin.describeGroups(["new", "old", "none"])
                #expect(described["new"]?.type == "consumer")
                #expect(described["new"]?.state == "Stable")
                #expect(described["new"]?.assignor == "uniform")
                #expect(described["new"]?.members.map(\.assignment) == [[TopicPartition("t", 0), TopicPartition("t", 1)]])
                #expect(described["old"]?.type == "classic")
                #expect(described["old"]?.state == "Empty")
                #expect(described["none"]?.state == "Dead")
            }
        }
    }
}

extension Consumer {
    /// The partitions of the next `.assigned` event.
    func nextAssignment() async throws -> [TopicPartition] {
        while true {
            switch try await nextEvent() {
            case .assigned(let partitions): return partitions
            case .revoked: acknowledgeRevocation()
            case .lost, .error: continue
            }
        }
    }
}

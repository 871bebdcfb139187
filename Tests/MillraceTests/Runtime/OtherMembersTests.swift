import KafkaClient
import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import Millrace

/// Members of a Kafka Streams application that are in the group still, or are taken to be until their sessions time out.
@Suite struct OtherMembersTests {
    /// Joins the group as a JVM's member does, under an assignor that is not ours. Returns its member id.
    func joinAsStranger(_ cluster: StreamsCluster) async throws -> String {
        let transport = cluster.client.transport
        let metadata = try ConsumerProtocolSubscription(topics: ["in"]).encoded()
        var member = ""
        while true {
            let answer = try await transport.send(
                JoinGroupRequest(
                    groupId: "app", sessionTimeoutMs: 300_000, rebalanceTimeoutMs: 300_000, memberId: member,
                    protocolType: "consumer", protocols: [.init(name: "stream", metadata: metadata)]), to: nil)
            member = answer.memberId
            if answer.errorCode == KafkaErrorCode.memberIdRequired.rawValue { continue }
            guard answer.errorCode == 0 else { throw KafkaError.broker(KafkaErrorCode(rawValue: answer.errorCode), "join") }
            _ = try await transport.send(
                SyncGroupRequest(
                    groupId: "app", generationId: answer.generationId, memberId: member, protocolType: "consumer",
                    protocolName: "stream", assignments: [.init(memberId: member, assignment: Bytes())]), to: nil)
            return member
        }
    }

    @Test func `they are named and waited for, and the application goes on when they have gone`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(100, seed: 4)
                try await cluster.produce(records)
                let stranger = try await joinAsStranger(cluster)
                let application = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.configuration(.exactlyOnce, sessionTimeout: .milliseconds(300)),
                    client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    let waits = application.client.waits
                    while true {
                        let seen = waits.changed.version
                        let texts = waits.look(lateAt: .min, patience: 0).waits.map { "\($0.what): \($0.reason)" }
                        if texts.contains(where: { $0.hasPrefix("join group app: ") && $0.contains(stranger) && $0.contains("'stream'") }) {
                            break
                        }
                        await waits.changed.wait(after: seen)
                        try Task.checkCancellation()
                    }
                    _ = try await cluster.client.transport.send(
                        LeaveGroupRequest(
                            groupId: "app", members: [.init(memberId: stranger, groupInstanceId: nil)]), to: nil)
                    try await group.waitForAll()
                }
                #expect(!application.client.waits.isWaiting)
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test func `an application that waits for them can be stopped`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                _ = try await joinAsStranger(cluster)
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(.atLeastOnce, exitsWhenIdle: false),
                    client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    let waits = application.client.waits
                    while !waits.isWaiting {
                        let seen = waits.changed.version
                        if waits.isWaiting { break }
                        await waits.changed.wait(after: seen)
                    }
                    application.stop()
                    try await group.waitForAll()
                }
            }
        }
    }
}

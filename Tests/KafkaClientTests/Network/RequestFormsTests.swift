import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct RequestFormsTests {
    /// What a broker that has `version` reads.
    private func sent<R: KafkaRequest>(_ request: R, _ version: Int16) throws -> R {
        let parts = try RequestFrame.encode(request, version: version, correlationID: 9, clientID: "me")
        let frame = Bytes(parts.flatMap(\.array))
        var reader = ByteReader(frame)
        #expect(try reader.read(Int32.self) == Int32(frame.count - 4))
        let header = try RequestHeader(from: &reader)
        #expect(header == RequestHeader(apiKey: R.apiKey, apiVersion: version, correlationId: 9, clientId: "me"))
        let read = try R(from: &reader, version: version)
        #expect(reader.remaining == 0)
        return read
    }

    /// What the client makes of a broker's answer in `version`.
    private func received<R: KafkaRequest>(_ response: R.Response, to request: R, _ version: Int16) throws -> R.Response {
        var writer = ByteWriter()
        try ResponseHeader(correlationId: 9).encode(into: &writer, version: R.responseHeaderVersion(of: version))
        try response.encode(into: &writer, version: version)
        return try RequestFrame.decode(writer.finish(), answering: request, version: version)
    }

    @Test func `brokers that do not know of static members are told of none`() throws {
        #expect(try sent(JoinGroupRequest(groupId: "g", groupInstanceId: "i"), 4).groupInstanceId == nil)
        #expect(try sent(JoinGroupRequest(groupId: "g", groupInstanceId: "i"), 5).groupInstanceId == "i")
        #expect(try sent(SyncGroupRequest(groupId: "g", groupInstanceId: "i"), 2).groupInstanceId == nil)
        #expect(try sent(SyncGroupRequest(groupId: "g", groupInstanceId: "i"), 3).groupInstanceId == "i")
        #expect(try sent(HeartbeatRequest(groupId: "g", groupInstanceId: "i"), 2).groupInstanceId == nil)
        #expect(try sent(HeartbeatRequest(groupId: "g", groupInstanceId: "i"), 3).groupInstanceId == "i")
        #expect(try sent(OffsetCommitRequest(groupId: "g", groupInstanceId: "i"), 6).groupInstanceId == nil)
        #expect(try sent(OffsetCommitRequest(groupId: "g", groupInstanceId: "i"), 7).groupInstanceId == "i")
    }

    @Test(arguments: [Int16(1), 2, 3]) func `older brokers are asked for one coordinator`(version: Int16) throws {
        let request = FindCoordinatorRequest(keyType: 1, coordinatorKeys: ["tx"])
        #expect(try sent(request, version) == FindCoordinatorRequest(key: "tx", keyType: 1))
        let answer = try received(
            FindCoordinatorResponse(errorMessage: nil, nodeId: 4, host: "h", port: 9), to: request, version)
        #expect(answer.coordinators == [.init(key: "tx", nodeId: 4, host: "h", port: 9, errorMessage: nil)])
    }

    @Test(arguments: [Int16(2), 5, 6, 7]) func `older brokers are asked for the offsets of one group`(version: Int16) throws {
        let request = OffsetFetchRequest(
            groups: [.init(groupId: "g", topics: [.init(name: "t", partitionIndexes: [0, 2])])], requireStable: true)
        #expect(
            try sent(request, version)
                == OffsetFetchRequest(
                    groupId: "g", topics: [.init(name: "t", partitionIndexes: [0, 2])], requireStable: version == 7))
        let answer = try received(
            OffsetFetchResponse(
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 2, committedOffset: 5, metadata: "m")])],
                errorCode: 3), to: request, version)
        #expect(answer.groups.map(\.groupId) == ["g"])
        #expect(answer.groups.first?.errorCode == 3)
        #expect(answer.groups.first?.topics.first?.partitions.first?.committedOffset == 5)
        let all = OffsetFetchRequest(groups: [.init(groupId: "g", topics: nil)])
        #expect(try sent(all, version).topics == nil)
    }

    @Test func `older brokers are told of members and topics in their own form`() throws {
        let leave = LeaveGroupRequest(groupId: "g", members: [.init(memberId: "m")])
        #expect(try sent(leave, 2) == LeaveGroupRequest(groupId: "g", memberId: "m"))
        #expect(try sent(leave, 5) == leave)
        let delete = DeleteTopicsRequest(topics: [.init(name: "t")], timeoutMs: 5)
        #expect(try sent(delete, 5) == DeleteTopicsRequest(topicNames: ["t"], timeoutMs: 5))
        #expect(try sent(delete, 6) == delete)
        let create = CreateTopicsRequest(topics: [.init(name: "t", numPartitions: -1, replicationFactor: -1)])
        #expect(try sent(create, 3).topics.first?.replicationFactor == 1)
        #expect(try sent(create, 3).topics.first?.numPartitions == 1)
        #expect(try sent(create, 4) == create)
    }

    @Test func `fetches by topic id get the names back, and are by name while the id is unknown`() throws {
        let id = KafkaUUID(high: 1, low: 2)
        let request = FetchRequest(topics: [.init(topic: "t", topicId: id)])
        let answer = try received(FetchResponse(responses: [.init(topicId: id)]), to: request, 13)
        #expect(answer.responses.map(\.topic) == ["t"])
        #expect(RequestForms.newestVersion(for: request) == FetchRequest.versions.upperBound)
        #expect(RequestForms.newestVersion(for: FetchRequest(topics: [.init(topic: "t")])) == 12)
    }

    @Test func `the newest version that both sides know is used, and what a broker lacks is an error that names it`() throws {
        let table = APIVersionTable(
            broker: NetworkAddress(host: "b", port: 9),
            ApiVersionsResponse(apiKeys: [
                .init(apiKey: 0, minVersion: 0, maxVersion: 99), .init(apiKey: 9, minVersion: 0, maxVersion: 6),
                .init(apiKey: 3, minVersion: 90, maxVersion: 99), .init(apiKey: 24, minVersion: 0, maxVersion: 5),
            ]))
        #expect(try table.version(for: ProduceRequest()) == 11)
        #expect(try table.version(for: OffsetFetchRequest()) == 6)
        #expect(try table.version(for: AddPartitionsToTxnRequest()) == 3)
        let missing = #expect(throws: KafkaError.self) { try table.version(for: EndTxnRequest()) }
        #expect(missing?.code == .unsupported)
        #expect(missing?.description.contains("b:9") == true && missing?.description.contains("EndTxn") == true)
        let tooNew = #expect(throws: KafkaError.self) { try table.version(for: MetadataRequest()) }
        #expect(tooNew?.code == .unsupported)
    }
}

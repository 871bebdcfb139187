import KafkaProtocol
import Testing

@Suite struct MessageRuleTests {
    private func encode(_ request: some KafkaRequest, _ version: Int16) throws -> Bytes {
        var writer = ByteWriter()
        try request.encode(into: &writer, version: version)
        return writer.finish()
    }

    @Test func `a field that the version lacks is left out if it can be ignored`() throws {
        let plain = JoinGroupRequest(groupId: "g", protocols: [])
        var withReason = plain
        withReason.reason = "because"
        #expect(try encode(withReason, 7) == encode(plain, 7))
        #expect(try encode(withReason, 8) != encode(plain, 8))
    }

    @Test func `a field that the version lacks throws if it cannot be ignored`() throws {
        let request = JoinGroupRequest(groupId: "g", groupInstanceId: "static")
        let error = #expect(throws: KafkaProtocolError.self) { _ = try encode(request, 4) }
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.message.contains("groupInstanceId") == true)
        #expect(throws: Never.self) { _ = try encode(request, 5) }
    }

    @Test(arguments: [0, 3, 4] as [Int16])
    func `a coordinator that is not there may have null as its host`(_ version: Int16) throws {
        let host = version >= 3 ? "00" : "ffff"
        let start = version == 0 ? "000f" : "00000000" + "000f" + "00"
        let hex =
            version == 4
            ? "00000000" + "02" + "0267" + "ffffffff" + host + "ffffffff" + "000f" + "00" + "00" + "00"
            : start + "ffffffff" + host + "ffffffff" + (version == 3 ? "00" : "")
        var reader = ByteReader(Bytes(hex: hex) ?? [])
        let response = try FindCoordinatorResponse(from: &reader, version: version)
        #expect((response.coordinators.first?.host ?? response.host) == "" && reader.remaining == 0)
        #expect((response.coordinators.first?.errorCode ?? response.errorCode) == 15)
    }

    @Test func `null throws in versions without it`() throws {
        #expect(throws: KafkaProtocolError.self) { _ = try encode(MetadataRequest(topics: nil), 0) }
        #expect(try encode(MetadataRequest(topics: nil), 1).hex == "ffffffff")
        var reader = ByteReader(Bytes(hex: "ffffffff") ?? [])
        #expect(throws: KafkaProtocolError.self) { _ = try MetadataRequest(from: &reader, version: 0) }
    }

    @Test func `a string of more than 32767 bytes throws`() throws {
        let longest = String(repeating: "é", count: 16383)
        #expect(throws: Never.self) { _ = try encode(HeartbeatRequest(groupId: longest), 4) }
        for version: Int16 in [0, 4] {
            #expect(throws: KafkaProtocolError.self) {
                _ = try encode(HeartbeatRequest(groupId: longest + "ab"), version)
            }
        }
    }

    @Test(arguments: ["7fffffff", "00ffffff"])
    func `an array length beyond the input is turned down before memory is taken for it`(length: String) throws {
        var reader = ByteReader(Bytes(hex: length + "0001") ?? [])
        let error = #expect(throws: KafkaProtocolError.self) { _ = try MetadataRequest(from: &reader, version: 1) }
        #expect(error?.code == .truncated)
    }

    @Test func `a compact length beyond 31 bits is malformed`() throws {
        for hex in ["ffffffffffffffffff01", "ffffffffffffffffffff01", "8080808010"] {
            var reader = ByteReader(Bytes(hex: hex) ?? [])
            #expect(throws: KafkaProtocolError.self, "\(hex)") { _ = try MetadataRequest(from: &reader, version: 9) }
        }
    }

    @Test func `tagged fields longer than a byte of size keep their place`() throws {
        var response = ProduceResponse()
        response.nodeEndpoints = (0..<50).map { .init(nodeId: $0, host: "host-\($0)", port: 9092, rack: nil) }
        response.throttleTimeMs = 7
        var writer = ByteWriter(capacity: 16)
        try response.encode(into: &writer, version: 11)
        var reader = ByteReader(writer.copy())
        #expect(try ProduceResponse(from: &reader, version: 11) == response)
        #expect(reader.remaining == 0)
    }

    @Test func `names, keys and stable versions of APIs`() {
        #expect(APIKey.all.count == 51)
        #expect(APIKey.all == APIKey.all.sorted())
        #expect(KafkaMessages.requestTypes.map { $0.apiKey } == APIKey.all)
        #expect(APIKey.fetch.name == "Fetch")
        #expect(APIKey(rawValue: 500).name == "API 500")
        #expect(EndTxnRequest.stableVersions == 0...4)
        #expect(ProduceRequest.stableVersions == 0...11)
        #expect(TxnOffsetCommitRequest.stableVersions == 0...4)
        #expect(FetchRequest.stableVersions == FetchRequest.versions)
    }

    @Test func `error codes have Kafka's names and say whether a retry can help`() throws {
        let vectors = try Vector.load("errors.jsonl")
        for vector in vectors {
            let code = KafkaErrorCode(rawValue: Int16(try vector.int("code")))
            #expect(code.name == (try vector.string("name")))
            #expect(code.isRetriable == (vector["retriable"] as? Bool), "\(code)")
        }
        #expect(KafkaErrorCode.unknownTopicOrPartition.rawValue == 3)
        #expect(!KafkaErrorCode.none.isError && KafkaErrorCode.unknownServerError.isError)
        #expect(KafkaErrorCode(rawValue: 3000).name == "3000" && !KafkaErrorCode(rawValue: 3000).isRetriable)
    }
}

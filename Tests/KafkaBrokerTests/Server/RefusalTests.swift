import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Requests that are not offered are answered so; their connection goes on.
@Suite struct RefusalTests {
    /// A frame of a header and some bytes that are no body of anything.
    private func frame(_ api: Int16, _ version: Int16, body: Int = 12) -> Bytes {
        var writer = ByteWriter()
        writer.write(0 as Int32)
        writer.write(api)
        writer.write(version)
        writer.write(7 as Int32)
        writer.write(-1 as Int16)
        for _ in 0..<body { writer.write(0x5a as UInt8) }
        writer.overwrite(Int32(writer.count - 4), at: 0)
        return writer.finish()
    }

    /// The error codes anywhere in a response.
    private func errors(in value: Any) -> [Int16] {
        Mirror(reflecting: value).children.flatMap { child -> [Int16] in
            if child.label?.lowercased().hasSuffix("errorcode") == true, let code = child.value as? Int16 {
                return code == 0 ? [] : [code]
            }
            return errors(in: child.value)
        }
    }

    private func refuse<R: KafkaRequest>(_ type: R.Type, _ version: Int16, _ client: WireClient) async throws {
        let nearest = min(max(version, R.versions.lowerBound), R.versions.upperBound)
        try await client.write(frame(R.apiKey.rawValue, version))
        let answer = try await client.read(R.self, version: R.apiKey == .apiVersions ? 0 : nearest)
        #expect(answer.correlationID == 7)
        #expect(
            errors(in: answer.response) == [KafkaErrorCode.unsupportedVersion.rawValue],
            "\(R.apiKey) in version \(version): \(answer.response)")
    }

    @Test func `a version that is not offered is told so in the API's own form, and the connection goes on`() async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            let types: [any KafkaRequest.Type] = Broker.requests + [SaslHandshakeRequest.self, SaslAuthenticateRequest.self]
            for type in types {
                let offered = (type as? any BrokerRequest.Type)?.offeredVersions ?? type.versions
                for version in [offered.lowerBound - 1, offered.upperBound + 1, 99, .min, .max, -1] {
                    guard !offered.contains(version) else { continue }
                    try await refuse(type, version, client)
                }
            }
            #expect(try await client.send(ApiVersionsRequest()).errorCode == 0)
        }
    }

    @Test(arguments: [76, 90, 999, Int16.max, Int16.min, -1])
    func `an API that is not known is told so, and the connection goes on`(_ api: Int16) async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            for version: Int16 in [0, 1, .max] {
                try await client.write(frame(api, version))
                let answer = try #require(try await client.connection.readFrame(limit: 1000))
                #expect(answer.hex == "00000007" + "0023")
            }
            #expect(try await client.send(ApiVersionsRequest()).errorCode == 0)
        }
    }

    @Test func `who has not authenticated is not told of what is not offered`() async throws {
        var configuration = ServerConfiguration()
        configuration.saslMechanisms = [.plain]
        try await withServer(.init(), configuration) { _, server in
            for (api, version) in [(999, 0), (3, 99)] as [(Int16, Int16)] {
                let client = try await WireClient(server.address)
                try await client.write(frame(api, version))
                #expect(await client.isClosed())
            }
        }
    }

    @Test func `every API of the protocol is offered or refused, in all versions that are known`() throws {
        for type in Broker.requests {
            for version in type.versions { try check(type, version) }
        }
    }

    private func check<R: BrokerRequest>(_ type: R.Type, _ version: Int16) throws {
        let response = R.refusal(.unsupportedVersion, version: version)
        var writer = ByteWriter()
        try response.encode(into: &writer, version: version)
        var reader = ByteReader(writer.finish())
        let decoded = try R.Response(from: &reader, version: version)
        #expect(errors(in: decoded) == [KafkaErrorCode.unsupportedVersion.rawValue], "\(R.apiKey) \(version)")
    }
}

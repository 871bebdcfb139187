import Foundation
import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient

/// Brokers that answer nonsense: errors, but no trap and no hang. `MILLRACE_FUZZ` gives more rounds than CI makes.
@Suite struct HostileBrokerTests {
    private let rounds = ProcessInfo.processInfo.environment["MILLRACE_FUZZ"].flatMap { Int($0) } ?? 10_000

    @Test func `no bytes make the reading of any answer trap`() throws {
        var random = SplitMix(seed: 42)
        for _ in 0..<rounds {
            let type = KafkaMessages.requestTypes[Int(random.next() % UInt64(KafkaMessages.requestTypes.count))]
            let version = type.versions.lowerBound + Int16(random.next() % UInt64(type.versions.count))
            decode(type, version, Self.nonsense(&random))
        }
    }

    private func decode<R: KafkaRequest>(_ type: R.Type, _ version: Int16, _ bytes: Bytes) {
        var reader = ByteReader(bytes)
        _ = try? R.Response(from: &reader, version: version)
    }

    /// Bytes that are rather small numbers, as lengths are.
    private static func nonsense(_ random: inout SplitMix) -> Bytes {
        let count = Int(random.next() % 200)
        let isSmall = random.next() % 2 == 0
        return Bytes((0..<count).map { _ in UInt8(truncatingIfNeeded: isSmall ? random.next() % 4 : random.next()) })
    }

    @Test func `a client survives all that a broker may answer, and works with the next connection`() async throws {
        let rounds = rounds / 50
        try await withTimeLimit {
            try await FakeBroker.run { broker in
                let random = Mutex(SplitMix(seed: 7))
                let isGood = Mutex(true)
                broker.answer { header, frame in
                    if isGood.withLock({ $0 }) { return try broker.usual(header, frame) }
                    return try random.withLock { try Self.hostile(broker, header, frame, &$0) }
                }
                let configuration = TCPConfiguration(
                    connectTimeout: .milliseconds(100), requestTimeout: .milliseconds(100),
                    reconnectBackoff: .milliseconds(1), maximumReconnectBackoff: .milliseconds(1),
                    maximumResponseBytes: 1 << 20)
                try await withTransport(to: [broker.address], configuration) { transport in
                    for _ in 0..<rounds {
                        isGood.withLock { $0 = false }
                        _ = try? await transport.send(MetadataRequest(topics: []), to: nil)
                        isGood.withLock { $0 = true }
                    }
                }
                // A connection of its own: the last one may have been told that the broker can do next to nothing.
                try await withTransport(to: [broker.address], configuration) { transport in
                    let client = KafkaClient(transport: transport, clientID: "test")
                    let answer = try await client.retrying("look") { _ in
                        try await client.send(MetadataRequest(topics: []), to: nil)
                    }
                    #expect(answer.clusterId == "fake")
                }
            }
        }
    }

    private static func hostile(
        _ broker: FakeBroker, _ header: RequestHeader, _ frame: Bytes, _ random: inout SplitMix
    ) throws -> FakeBroker.Reply {
        guard case .frame(let good) = try broker.usual(header, frame) else { return .close }
        switch random.next() % 20 {
        case 0..<4: return .frame(good[0..<Int(random.next() % UInt64(good.count))])
        case 4..<7: return .frame(nonsense(&random))
        case 7..<10: return .raw(nonsense(&random))
        case 10..<13: return try .answer(MetadataRequest.self, header, broker.metadata, correlationID: .random(in: -9...9, using: &random))
        case 13..<15:
            var writer = ByteWriter()
            writer.write(random.next() % 2 == 0 ? Int32.max : Int32.min)
            return .raw(writer.finish())
        case 15..<17: return .close
        case 17:
            var bytes = good.array
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            return .frame(Bytes(bytes))
        case 18: return random.next() % 10 == 0 ? .silence : .close
        default: return .frame(good)
        }
    }
}

import Foundation
import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Sends what no client sends: mutated, cut, oversized and random frames and batches. `MILLRACE_FUZZ_FRAMES` says how many
/// (10,000), `MILLRACE_FUZZ_SEED` which.
@Suite struct ServerFuzzTests {
    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test func `whatever is sent, the server lives and serves others`() async throws {
        let seed = UInt64(Self.setting("MILLRACE_FUZZ_SEED") ?? 1)
        var left = Self.setting("MILLRACE_FUZZ_FRAMES") ?? 10_000
        var frames = try HostileFrames(seed: seed)
        var server = ServerConfiguration()
        server.maxRequestBytes = 1 << 20
        try await withServer(.init(), server) { broker, server in
            let transport = broker.transport(clientID: "test")
            try await transport.createTopic("t", partitions: 2)
            try await transport.createTopic("safe")
            _ = try await transport.produce(try recordBatch(["kept"]), to: "safe")
            let bystander = try await WireClient(server.address)
            while left > 0 {
                let burst = (0..<Int.random(in: 1...20, using: &frames.random)).map { _ in frames.next() }
                left -= burst.count
                try await send(burst, to: server, abruptly: Int.random(in: 0..<8, using: &frames.random) == 0)
                #expect(try await bystander.send(ApiVersionsRequest()).errorCode == 0)
            }
            #expect(try await transport.values("safe") == ["kept"])
            _ = try await transport.produce(try recordBatch(["more"]), to: "safe")
            #expect(try await transport.values("safe") == ["kept", "more"])
            // Fetches that wait for a month hold their connections until then, or until now.
            server.stop()
            await until { server.connectionCount == 0 }
            #expect(server.bytesUnderWay == 0)
        }
    }

    /// Sends the frames on a connection of their own, and waits a moment for the answers unless `abruptly`.
    private func send(_ burst: [Bytes], to server: BrokerServer, abruptly: Bool) async throws {
        let client = try await WireClient(server.address)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    for frame in burst { try await client.write(frame) }
                    // Its answer says that all before it are done.
                    try await client.write(ApiVersionsRequest(), version: 0, correlationID: 0x5EED_0001)
                } catch {}
                return abruptly
            }
            group.addTask {
                while let answer = try? await client.connection.readFrame(limit: 100 << 20) {
                    var reader = ByteReader(answer)
                    if (try? reader.read(Int32.self)) == 0x5EED_0001 { break }
                }
                return true
            }
            group.addTask {
                // A request may wait for long, as it asked for.
                try? await Task.sleep(for: .milliseconds(200))
                return true
            }
            for await isOver in group where isOver { break }
            client.connection.close()
            group.cancelAll()
        }
    }
}

/// Frames that are wrong in many ways.
private struct HostileFrames {
    var random: SeededGenerator
    private let good: [Bytes]

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        var good: [Bytes] = []
        func add<R: KafkaRequest>(_ request: R) {
            for version in R.versions {
                if let frame = try? WireClient.frame(request, version: version) { good.append(frame) }
            }
        }
        for sample in try VersionTests.samples() { add(sample) }
        self.good = good
    }

    /// The next frame, length included; the length may be a lie.
    mutating func next() -> Bytes {
        while true {
            let frame = candidate()
            // Topics with thousands of partitions are no fault, but take long.
            if case .request(let request)? = try? RequestFrame.read(frame.count > 4 ? frame[4..<frame.count] : Bytes()) {
                if let create = request.request as? CreateTopicsRequest {
                    guard create.topics.allSatisfy({ $0.numPartitions < 10 && $0.assignments.count < 10 }) else {
                        continue
                    }
                }
                if let grow = request.request as? CreatePartitionsRequest {
                    guard grow.topics.allSatisfy({ $0.count < 10 }) else { continue }
                }
            }
            return frame
        }
    }

    private mutating func candidate() -> Bytes {
        var frame = good[Int.random(in: good.indices, using: &random)].array
        switch Int.random(in: 0..<10, using: &random) {
        case 0: break
        case 1...4:
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&frame, from: 4) }
        case 5:
            // Behind the header, so that more of them are read to the end.
            for _ in 0..<Int.random(in: 1...8, using: &random) { mutate(&frame, from: min(18, frame.count - 1)) }
        case 6:
            frame.removeLast(Int.random(in: 0..<frame.count - 4, using: &random))
        case 7:
            frame += (0..<Int.random(in: 1...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 8:
            // The length does not fit to what follows.
            for place in 0..<4 { frame[place] = UInt8.random(in: 0...(place == 0 ? 1 : 255), using: &random) }
            return Bytes(frame)
        default:
            frame = [
                0, 0, 0, 0, 0, UInt8.random(in: 0...80, using: &random), 0, UInt8.random(in: 0...18, using: &random),
            ]
            frame += (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
        }
        let length = UInt32(frame.count - 4)
        for place in 0..<4 { frame[place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(place))) }
        return Bytes(frame)
    }

    private mutating func mutate(_ frame: inout [UInt8], from first: Int) {
        let place = Int.random(in: first..<frame.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: frame[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: frame[place] = UInt8.random(in: 0...255, using: &random)
        case 2: frame[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
        default:
            for index in place..<min(place + 4, frame.count) { frame[index] = place.isMultiple(of: 2) ? 0xff : 0x7f }
        }
    }
}

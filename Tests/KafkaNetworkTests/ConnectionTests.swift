import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaNetwork

extension SocketTests {
    @Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
        @Test func `Frames of all sizes arrive as they were written`() async throws {
            let (client, server) = try await connectedPair()
            let frames = [0, 1, 2, 100, 16 << 10, 64 << 10, 5_000_000, 0, 7].enumerated().map {
                randomBytes($1, seed: UInt64($0))
            }
            async let writing: Void = { for payload in frames { try await client.write(frame(payload)) } }()
            for payload in frames { #expect(try await server.readFrame(limit: limit) == payload) }
            try await writing
            client.close()
            #expect(try await server.readFrame(limit: limit) == nil)
        }

        @Test func `Frames go both ways at once`() async throws {
            let (client, server) = try await connectedPair()
            try await withThrowingTaskGroup { group in
                for end in [client, server] {
                    group.addTask {
                        for number in 0..<200 { try await end.write(frame(randomBytes(number * 100, seed: 1))) }
                    }
                    group.addTask {
                        for number in 0..<200 {
                            let payload = try await end.readFrame(limit: limit)
                            #expect(payload == randomBytes(number * 100, seed: 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func `Thousands of parts can be written at once`() async throws {
            let (client, server) = try await connectedPair()
            let parts = (0..<5_000).flatMap { frame(Bytes(utf8: "frame \($0)")) + [Bytes()] }
            async let writing: Void = client.write(parts)
            for number in 0..<5_000 { #expect(try await server.readFrame(limit: 100)?.string == "frame \(number)") }
            try await writing
            try await client.write([])
            try await client.write([Bytes()])
        }

        @Test func `A frame that arrives byte by byte is put together`() async throws {
            let (client, server) = try await connectedPair()
            async let writing: Void = {
                for byte in joined(frame(Bytes(utf8: "slow but whole"))).array {
                    try await client.write([[byte]])
                    await Task.yield()
                }
            }()
            #expect(try await server.readFrame(limit: 100)?.string == "slow but whole")
            try await writing
        }

        @Test(arguments: [1, 3, 4, 50])
        func `A peer that ends inside a frame is an error`(count: Int) async throws {
            let (client, server) = try await connectedPair()
            let stream = joined(frame(randomBytes(60, seed: 1)))
            try await client.write([stream[0..<count]])
            client.close()
            let error = await networkError { _ = try await server.readFrame(limit: 100) }
            #expect(error?.code == .closed)
        }

        @Test(arguments: [-1, 101, Int32.max])
        func `A frame over the limit is refused before it arrives`(length: Int32) async throws {
            let (client, server) = try await connectedPair()
            try await client.write([lengthPrefix(length)])
            let error = await networkError { _ = try await server.readFrame(limit: 100) }
            #expect(error?.code == .tooLarge)
        }

        @Test func `A cancelled reader stops, and another can go on`() async throws {
            let (client, server) = try await connectedPair()
            try await client.write([lengthPrefix(4), Bytes(utf8: "ab")])
            let reader = Task { try await server.readFrame(limit: 100) }
            await Task.yield()
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
            try await client.write([Bytes(utf8: "cd")])
            #expect(try await server.readFrame(limit: 100)?.string == "abcd")
        }

        @Test func `A writer waits for a peer that does not read, and its cancellation closes the connection`()
            async throws
        {
            let (client, server) = try await connectedPair()
            let piece = randomBytes(1 << 20, seed: 1)
            let written = Counter()
            let writer = Task {
                while true {
                    try await client.write([piece])
                    written.increment()
                }
            }
            // The buffers of both ends take some megabytes; then the count stands still.
            var last = -1
            while last != written.value {
                last = written.value
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(written.value < 64)
            writer.cancel()
            await #expect(throws: CancellationError.self) { try await writer.value }
            let error = await networkError { try await client.write([piece]) }
            #expect(error?.code == .closed)
            server.close()
        }

        @Test func `Closing wakes a waiting reader and a waiting writer`() async throws {
            let (client, server) = try await connectedPair()
            let reader = Task { await networkError { _ = try await client.readFrame(limit: 100) }?.code }
            let writer = Task {
                await networkError { while true { try await client.write([randomBytes(1 << 20, seed: 1)]) } }?.code
            }
            try await Task.sleep(for: .milliseconds(50))
            client.close()
            client.close()
            #expect(await reader.value == .closed)
            #expect(await writer.value == .closed)
            #expect(await networkError { _ = try await client.readFrame(limit: 100) }?.code == .closed)
            server.close()
        }

        @Test func `Writing to a peer that has gone is an error and kills nobody`() async throws {
            let (client, server) = try await connectedPair()
            server.close()
            let error = await networkError { while true { try await client.write([randomBytes(1 << 16, seed: 1)]) } }
            #expect(error?.code == .closed)
        }

        @Test func `Two readers of one connection are told so`() async throws {
            let (client, server) = try await connectedPair()
            let reader = Task { try await server.readFrame(limit: 100) }
            while server.input.withLock({ $0 != nil }) { await Task.yield() }
            #expect(await networkError { _ = try await server.readFrame(limit: 100) }?.code == .other)
            try await client.write(frame(Bytes(utf8: "one")))
            #expect(try await reader.value?.string == "one")
        }
    }
}

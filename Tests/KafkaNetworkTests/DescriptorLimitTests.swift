import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaNetwork

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.timeLimit(.minutes(2))) struct DescriptorLimitTests {
    // In a process of its own, whose descriptors nobody else needs.
    @Test func `A connection that no descriptor is left for is accepted when there is one again`() async {
        await #expect(processExitsWith: .success) {
            // The first wait of a process opens descriptors that stay, and so does the first sleep.
            _ = try await connectedPair()
            try await Task.sleep(for: .milliseconds(1))
            let listener = try SocketListener.bind(to: loopback)
            let client = try await Connection.connect(to: listener.address, timeout: .seconds(30))
            lowerDescriptorLimit(to: 128)
            var taken: [Int32] = []
            while case let number = open("/dev/null", O_RDONLY), number >= 0 { taken.append(number) }
            #expect(errno == EMFILE)
            #expect(taken.count < 128)
            let told = Told()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let accepted = try await listener.accept { error in told.errors.withLock { $0.append(error) } }
                    let frame = try #require(try await accepted.readFrame(limit: limit))
                    #expect(frame.string == "hello")
                }
                try await client.write(frame(Bytes(utf8: "hello")))
                // Time for some attempts; that there were none would not make the test fail.
                try await Task.sleep(for: .milliseconds(450))
                for number in taken { _ = close(number) }
                try await group.waitForAll()
            }
            let errors = told.errors.withLock { $0 }
            #expect(errors.map(\.code) == [.shortage])
            #expect(errors.first?.message.contains("Too many open files: the process may have 128 open") == true)
            #expect(errors.first?.message.contains("ulimit -n") == true)
        }
    }
}

private final class Told: Sendable {
    let errors = Mutex<[NetworkError]>([])
}

private func lowerDescriptorLimit(to count: rlim_t) {
    #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    getrlimit(resource, &limit)
    limit.rlim_cur = count
    #expect(setrlimit(resource, &limit) == 0)
}

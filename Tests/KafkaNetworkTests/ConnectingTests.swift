import KafkaProtocol
import Testing

@testable import KafkaNetwork

extension SocketTests {
    @Suite(.timeLimit(.minutes(2))) struct ConnectingTests {
        // In a process of its own: beside others' it could not tell whose descriptors are left.
        @Test func `Two hundred connections are served at once and leave no descriptor behind`() async {
            await #expect(processExitsWith: .success) {
                // The first wait of a process opens descriptors that stay.
                _ = try await connectedPair()
                try await descriptorsSettle(at: nil)
                let before = openDescriptors()
                let listener = try SocketListener.bind(to: loopback)
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        try await withThrowingTaskGroup { sessions in
                            for _ in 0..<200 {
                                let connection = try await listener.accept()
                                sessions.addTask {
                                    while let payload = try await connection.readFrame(limit: limit) {
                                        try await connection.write(frame(payload))
                                    }
                                }
                            }
                            try await sessions.waitForAll()
                        }
                    }
                    for number in 0..<200 {
                        group.addTask {
                            let connection = try await Connection.connect(to: listener.address, timeout: .seconds(30))
                            for size in [0, 10, 20_000] {
                                let payload = randomBytes(size, seed: UInt64(number))
                                try await connection.write(frame(payload))
                                #expect(try await connection.readFrame(limit: limit) == payload)
                            }
                            if number.isMultiple(of: 2) { connection.close() }
                        }
                    }
                    try await group.waitForAll()
                }
                listener.close()
                try await descriptorsSettle(at: before)
                #expect(openDescriptors() <= before)
            }
        }

        @Test func `A port where nobody listens refuses`() async throws {
            let listener = try SocketListener.bind(to: loopback)
            listener.close()
            let error = await networkError {
                _ = try await Connection.connect(to: listener.address, timeout: .seconds(10))
            }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("\(listener.address)") == true)
        }

        @Test func `A name that does not exist is told`() async throws {
            let address = NetworkAddress(host: "no-such-host.invalid", port: 9092)
            let error = await networkError { _ = try await Connection.connect(to: address, timeout: .seconds(30)) }
            #expect(error?.code == .unresolved)
        }

        @Test(arguments: [-1, 65_536]) func `A port out of range is told`(port: Int) async throws {
            let address = NetworkAddress(host: "127.0.0.1", port: port)
            #expect(await networkError { _ = try await Connection.connect(to: address, timeout: .seconds(30)) } != nil)
            #expect(throws: NetworkError.self) { try SocketListener.bind(to: address) }
        }

        @Test func `A listener whose backlog is full lets connecting time out`() async throws {
            let listener = try SocketListener.bind(to: loopback, backlog: 0)
            defer { listener.close() }
            // Nobody accepts: the first connections fill the backlog, the next gets no answer.
            var connections: [Connection] = []
            var failure: NetworkError?
            while failure == nil, connections.count < 50 {
                failure = await networkError {
                    connections.append(try await Connection.connect(to: listener.address, timeout: .milliseconds(300)))
                }
            }
            #expect(failure?.code == .timedOut)
        }

        @Test func `Connecting can be cancelled`() async throws {
            let listener = try SocketListener.bind(to: loopback, backlog: 0)
            defer { listener.close() }
            let connecting = Task {
                var connections: [Connection] = []
                while true {
                    connections.append(try await Connection.connect(to: listener.address, timeout: .seconds(60)))
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            connecting.cancel()
            await #expect(throws: CancellationError.self) { try await connecting.value }
        }

        @Test func `All addresses of a name are tried in turn`() async throws {
            let listener = try SocketListener.bind(to: loopback)
            defer { listener.close() }
            let name = NetworkAddress(host: "localhost", port: listener.address.port)
            let addresses = try await ["::1", "127.0.0.1"].asyncFlatMap {
                try await Resolver.resolve(NetworkAddress(host: $0, port: listener.address.port))
            }
            async let accepted = listener.accept()
            let connection = try await Connection.connect(to: name, addresses, until: .now + .seconds(10))
            #expect(connection.remoteAddress == listener.address)
            #expect(try await accepted.remoteAddress == connection.localAddress)
        }

        @Test func `An IPv6 listener takes connections, and a wildcard one those of both families`() async throws {
            for (host, peers) in [("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])] {
                let listener = try SocketListener.bind(to: NetworkAddress(host: host, port: 0))
                for peer in peers {
                    let address = NetworkAddress(host: peer, port: listener.address.port)
                    async let accepted = listener.accept()
                    let connection = try await Connection.connect(to: address, timeout: .seconds(10))
                    #expect(connection.remoteAddress == address)
                    _ = try await accepted
                }
                listener.close()
            }
        }

        @Test func `A taken port is told`() throws {
            let listener = try SocketListener.bind(to: loopback)
            defer { listener.close() }
            #expect { try SocketListener.bind(to: listener.address) } throws: {
                ($0 as? NetworkError)?.code == .addressInUse
            }
        }

        @Test func `Closing a listener ends a waiting accept, and so does cancellation`() async throws {
            let listener = try SocketListener.bind(to: loopback)
            let cancelled = Task { _ = try await listener.accept() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let waiting = Task { await networkError { _ = try await listener.accept() }?.code }
            try await Task.sleep(for: .milliseconds(20))
            listener.close()
            #expect(await waiting.value == .closed)
            #expect(await networkError { _ = try await listener.accept() }?.code == .closed)
        }

        @Test func `Addresses are written as Kafka writes them`() {
            #expect("\(NetworkAddress(host: "broker", port: 9092))" == "broker:9092")
            #expect("\(NetworkAddress(host: "::1", port: 1))" == "[::1]:1")
        }
    }
}

/// Waits until descriptors that are closed in the background are gone.
private func descriptorsSettle(at count: Int?) async throws {
    for _ in 0..<50 {
        let now = openDescriptors()
        try await Task.sleep(for: .milliseconds(20))
        if let count { if openDescriptors() <= count { return } } else if openDescriptors() == now { return }
    }
}

extension Array {
    fileprivate func asyncFlatMap<R>(_ transform: (Element) async throws -> [R]) async rethrows -> [R] {
        var result: [R] = []
        for element in self { result += try await transform(element) }
        return result
    }
}

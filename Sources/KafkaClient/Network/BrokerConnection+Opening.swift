import KafkaNetwork
import KafkaProtocol

extension BrokerConnection {
    /// Connects, and settles versions. Throws if that takes longer than a request may.
    func open() async throws -> (Connection, APIVersionTable) {
        let socket = try await Connection.connect(to: address, timeout: configuration.connectTimeout)
        do {
            let versions = try await withTimeout {
                try await self.negotiate(on: socket)
            }
            return (socket, versions)
        } catch {
            socket.close()
            throw error
        }
    }

    /// Asks for the broker's versions. A broker that does not know the version asked with answers in version 0, as the
    /// protocol has it, or with something else behind the error; either way it is asked again with version 0 (KIP-511).
    private func negotiate(on socket: Connection) async throws -> APIVersionTable {
        let request = ApiVersionsRequest(clientSoftwareName: "millrace", clientSoftwareVersion: "1.0")
        for version in [Int16(3), 0] {
            let frame = try await exchange(request, version: version, on: socket)
            // The error stands behind the correlation id in all versions.
            var reader = ByteReader(frame)
            try reader.skip(4)
            let code = KafkaErrorCode(rawValue: try reader.read())
            if code == .unsupportedVersion, version > 0 { continue }
            guard code == .none else { throw KafkaError.broker(code, "ask the broker at \(address) for its versions") }
            let response = try RequestFrame.decode(frame, answering: request, version: version)
            guard !response.apiKeys.isEmpty else { break }
            return APIVersionTable(broker: address, response)
        }
        throw KafkaError(.malformedResponse, "the broker at \(address) does not tell its versions")
    }

    /// Sends a request and reads its answer, while nothing else uses the connection.
    func exchange<R: KafkaRequest>(_ request: R, version: Int16, on socket: Connection) async throws -> Bytes {
        try await socket.write([
            RequestFrame.encode(request, version: version, correlationID: 0, clientID: clientID)
        ])
        guard let frame = try await socket.readFrame(limit: configuration.maximumResponseBytes) else {
            throw KafkaError(
                .connection, "the broker at \(address) closed the connection when it was sent \(R.apiKey) version \(version)",
                isRetriable: true)
        }
        let correlationID = try RequestFrame.correlationID(of: frame)
        guard correlationID == 0 else {
            throw KafkaProtocolError(.malformed, "an answer with correlation id \(correlationID) instead of 0")
        }
        return frame
    }

    private func withTimeout<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        try await withThrowingTaskGroup(of: T.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.environment.sleep(self.configuration.connectTimeout.milliseconds)
                throw KafkaError(
                    .connection, "the broker at \(self.address) does not answer", isRetriable: true)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}

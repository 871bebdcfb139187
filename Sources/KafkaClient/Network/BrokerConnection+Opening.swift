import KafkaNetwork
import KafkaProtocol

extension BrokerConnection {
    /// What a connection stands with.
    struct Opened: Sendable {
        var socket: Connection
        var versions: APIVersionTable
        /// For how many milliseconds the broker takes this client for who it said it is; 0 without limit.
        var sessionLifetime: Int64
    }

    /// Connects, encrypts, settles versions and authenticates, as configured. Throws if a step takes too long.
    func open() async throws -> Opened {
        let socket = try await Connection.connect(to: address, timeout: configuration.connectTimeout)
        do {
            if let tls {
                try await socket.startTLS(client: tls, hostName: address.host, timeout: configuration.connectTimeout)
            }
            return try await withTimeout {
                let versions = try await self.negotiate(on: socket)
                let lifetime: Int64 =
                    if let sasl = self.configuration.security.sasl {
                        try await self.authenticate(sasl, on: socket, versions)
                    } else {
                        0
                    }
                return Opened(socket: socket, versions: versions, sessionLifetime: lifetime)
            }
        } catch {
            socket.close()
            if let error = error as? NetworkError, error.code == .tls {
                throw KafkaError(
                    .authentication, "could not make a secure connection to the broker at \(address)", underlying: error)
            }
            throw error
        }
    }

    /// Asks for the broker's versions. A broker that does not know the version asked with answers in version 0, as the
    /// protocol has it, or with something else behind the error; either way it is asked again with version 0 (KIP-511).
    private func negotiate(on socket: Connection) async throws -> APIVersionTable {
        let request = ApiVersionsRequest(clientSoftwareName: "millrace", clientSoftwareVersion: MillraceVersion.current)
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
        try await socket.write(
            RequestFrame.encode(request, version: version, correlationID: 0, clientID: clientID))
        guard let frame = try await socket.readFrame(limit: configuration.maximumResponseBytes) else {
            throw KafkaError(
                .connection,
                "the broker at \(address) closed the connection when it was sent \(R.apiKey) version \(version)"
                    + (tls == nil ? "; does this port want TLS?" : ""), isRetriable: true)
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

public import KafkaNetwork
public import KafkaProtocol

/// Asks a server: one request on a connection of its own.
public struct HTTPClient: Sendable {
    /// What another server has answered.
    public struct Answer: Sendable {
        /// The status, such as 200.
        public var status: Int
        /// The header fields, names in lower case.
        public var headers: [HTTPField]
        /// The body.
        public var body: Bytes
    }

    /// How long an answer may take in all.
    public var timeout: Duration
    /// How many bytes an answer may have.
    public var limit = 16 << 20
    /// TLS, if the other has it.
    public var tls: TLSClientContext?

    /// A client, with TLS if there is a context for it.
    public init(tls: TLSClientContext? = nil, timeout: Duration = .seconds(10)) {
        self.tls = tls
        self.timeout = timeout
    }

    /// Asks for `target`, such as `/api/tasks?x=1`, already encoded. Throws `NetworkError` if there is no answer that can be read.
    public func get(_ target: String, from address: NetworkAddress, headers: [HTTPField] = []) async throws -> Answer {
        try await send("GET", target, to: address, headers: headers)
    }

    /// Has `target` do what it does, without a body. Throws as `get` does.
    public func post(_ target: String, to address: NetworkAddress, headers: [HTTPField] = []) async throws -> Answer {
        try await send("POST", target, to: address, headers: headers, body: Bytes())
    }

    /// Sends a request, with a body if there is one. Throws as `get` does.
    public func send(
        _ method: String, _ target: String, to address: NetworkAddress, headers: [HTTPField] = [], body: Bytes? = nil
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await ask(method, target, address, headers, body) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else {
                throw NetworkError(.timedOut, "\(address) has not answered in \(timeout)")
            }
            return answer
        }
    }

    private func ask(
        _ method: String, _ target: String, _ address: NetworkAddress, _ headers: [HTTPField], _ body: Bytes?
    ) async throws -> Answer {
        let connection = try await Connection.connect(to: address, timeout: timeout)
        defer { connection.close() }
        if let tls { try await connection.startTLS(client: tls, hostName: address.host, timeout: timeout) }
        var request = "\(method) \(target) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n"
        for field in headers { request += "\(field.name): \(field.value)\r\n" }
        if let body { request += "Content-Length: \(body.count)\r\n" }
        try await connection.write([Bytes(utf8: request + "\r\n"), body ?? Bytes()])
        var bytes: [UInt8] = []
        while let more = try await connection.readAvailable() {
            bytes += more.array
            guard bytes.count <= limit else { throw NetworkError(.tooLarge, "\(address) answers with more than \(limit) bytes") }
        }
        return try Self.read(bytes[...], from: address)
    }
}

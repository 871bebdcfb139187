import KafkaProtocol
import Synchronization

extension Connection {
    /// Encrypts the connection from here on, as the server, before anything is read or written. Throws `.tls` with
    /// the reason when the handshake fails, `.timedOut` after `timeout`; the connection is closed then.
    public func startTLS(server context: TLSServerContext, timeout: Duration) async throws {
        try await startTLS(timeout) { () throws(NetworkError) in try TLSSession.accepting(context) }
    }

    /// Encrypts the connection from here on, as the client of `hostName`, which the server's certificate must be for,
    /// before anything is read or written. Throws `.tls` with the reason when the handshake fails, `.timedOut` after
    /// `timeout`; the connection is closed then.
    ///
    /// A server that refuses the client's certificate may say so only later: then the first read throws `.tls`.
    public func startTLS(client context: TLSClientContext, hostName: String, timeout: Duration) async throws {
        try await startTLS(timeout) { () throws(NetworkError) in
            try TLSSession.connecting(context, hostName: hostName)
        }
    }

    /// The protocol that was agreed on, such as `TLSv1.3`; nil without TLS.
    public var tlsVersion: String? { tls.withLock { $0?.protocolVersion } }

    /// The subject of the peer's checked certificate as in RFC 2253, `CN=alice,O=example`, which is the name of Kafka's
    /// principal; nil without TLS or if the peer showed none.
    public var tlsPeerName: String? { tls.withLock { $0?.peerName } }

    var isEncrypted: Bool { tls.withLock { $0 != nil } }

    /// The subject of the peer's certificate as in RFC 2253, such as `CN=alice,O=example`; nil without TLS, or if it showed none.
    public var peerCertificateName: String? { tls.withLock { $0?.peerName } }

    private func startTLS(
        _ timeout: Duration, _ make: @escaping @Sendable () throws(NetworkError) -> TLSSession
    ) async throws {
        guard beginWriting() else { throw NetworkError(.other, "TLS was started while a task writes") }
        defer { endWriting() }
        do {
            guard !isEncrypted else { throw NetworkError(.other, "TLS was started twice") }
            try await within(timeout, "the TLS handshake with \(remoteAddress)") { [self] in
                do {
                    try await shakeHands(try make())
                } catch let error as NetworkError where error.code == .tls {
                    throw NetworkError(.tls, "\(remoteAddress): \(error.message)")
                }
            }
        } catch {
            close()
            throw error
        }
    }

    private func shakeHands(_ fresh: consuming TLSSession) async throws {
        var session = fresh
        while true {
            let isDone: Bool
            do throws(NetworkError) {
                isDone = try session.handshake()
            } catch {
                // The alert that tells the peer why.
                sendOnce(session.takeOutput())
                throw error
            }
            try await sendAll([session.takeOutput()])
            if isDone { break }
            while try receiveOnce(into: &session) == .wouldBlock { try await readiness.wait(for: .reading) }
        }
        var started = Optional(session)
        tls.withLock { $0 = started.take() }
    }

    /// Hands what has arrived to `session`.
    private func receiveOnce(into session: inout TLSSession) throws -> TransferResult {
        try withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            let result = try descriptor.use { try receive(from: $0, into: buffer) }
            switch result {
            case .transferred(0): session.receiveEnd()
            case .transferred(let count): session.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: break
            }
            return result
        }
    }

    /// Reads what is there, or has arrived, decrypted.
    func receiveDecrypted(into buffer: UnsafeMutableRawBufferPointer) throws -> TransferResult {
        while true {
            let result = try decrypted(into: buffer)
            guard result == .wouldBlock else { return result }
            let received = try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { encrypted in
                let received = try descriptor.use { try receive(from: $0, into: encrypted) }
                if case .transferred(let count) = received {
                    tls.withLock { $0?.receive(UnsafeRawBufferPointer(rebasing: encrypted[..<count])) }
                }
                return received
            }
            // An end without TLS's goodbye is taken like any other: frames say themselves whether they are whole.
            if received == .wouldBlock || received == .transferred(0) { return received }
        }
    }

    private func decrypted(into buffer: UnsafeMutableRawBufferPointer) throws -> TransferResult {
        do {
            // Answers to the peer's key updates stay in the output until the next write, as the protocol allows.
            return try tls.withLock { try $0?.read(into: buffer) ?? .transferred(0) }
        } catch {
            close()
            throw error
        }
    }

    /// Encrypts and writes `parts`, at most some hundred kilobytes at a time. The caller has the right to write.
    func sendEncrypted(_ parts: [Bytes]) async throws {
        var pieces = PlainPieces(parts)
        while let piece = pieces.next() {
            let encrypted = try tls.withLock { session -> Bytes in
                try piece.withUnsafeBytes { bytes throws(NetworkError) in try session?.write(bytes) }
                return session?.takeOutput() ?? Bytes()
            }
            try await sendAll([encrypted])
        }
    }

    /// Tells a TLS peer that the connection ends, and why if there is an alert to send, unless a write is under way.
    func sayGoodbye() {
        guard isEncrypted, beginWriting() else { return }
        defer { endWriting() }
        let last = tls.withLock { session -> Bytes in
            session?.end()
            return session?.takeOutput() ?? Bytes()
        }
        sendOnce(last)
    }
}

/// Parts in pieces that are good to encrypt: small ones together, large ones in slices.
struct PlainPieces {
    private static let record = 16 << 10
    private static let most = 128 << 10
    private let parts: [Bytes]
    private var index = 0
    private var offset = 0

    init(_ parts: [Bytes]) { self.parts = parts }

    /// The next piece; nil at the end.
    mutating func next() -> Bytes? {
        var small = ByteWriter(capacity: 256)
        while index < parts.count, small.count < Self.record {
            let part = parts[index]
            let left = part.count - offset
            if small.count == 0, left >= Self.record { return take(min(left, Self.most)) }
            small.write(raw: take(min(left, Self.record - small.count)))
        }
        return small.count == 0 ? nil : small.finish()
    }

    private mutating func take(_ count: Int) -> Bytes {
        let piece = parts[index][offset..<offset + count]
        offset += count
        if offset == parts[index].count {
            index += 1
            offset = 0
        }
        return piece
    }
}

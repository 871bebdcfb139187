import KafkaProtocol

/// One TLS connection, sans I/O: encrypted bytes in by `receive`, out by `takeOutput`; plain bytes by `write`, `read`.
struct TLSSession: ~Copyable, @unchecked Sendable {
    // Sound as Sendable: it cannot be copied and nobody else has the SSL's or its BIOs' pointers, so only one task at
    // a time uses them. The BIOs belong to the SSL.
    private let context: TLSContext
    private let session: LibSSL.Session
    private let input: LibSSL.BIO
    private let output: LibSSL.BIO
    private let isServer: Bool
    private var library: LibSSL { context.library }

    /// The server's side.
    static func accepting(_ server: TLSServerContext) throws(NetworkError) -> TLSSession {
        let session = try TLSSession(server.context, isServer: true)
        session.library.setAccepting(session.session)
        return session
    }

    /// The client's side of a connection to `hostName`, a name or an IP address.
    static func connecting(_ client: TLSClientContext, hostName: String) throws(NetworkError) -> TLSSession {
        let session = try TLSSession(client.context, isServer: false)
        session.library.setConnecting(session.session)
        try session.expect(hostName, isChecked: client.verifiesHostName)
        return session
    }

    /// Asks for the certificate of `hostName` and, with `isChecked`, accepts no other.
    private func expect(_ hostName: String, isChecked: Bool) throws(NetworkError) {
        guard !hostName.isEmpty, !hostName.utf8.contains(0) else {
            throw NetworkError(.tls, "a host name that is empty or holds a zero")
        }
        // A name with a final dot, which says that it is complete, is in certificates without it.
        let name = hostName.last == "." ? String(hostName.dropLast()) : hostName
        let isAddress = isIPAddress(name)
        if isChecked {
            library.setHostFlags(session, SSLConstant.noPartialWildcards)
            let isSet =
                isAddress
                ? library.setAddress(library.verifyParameters(session), name) : library.setHost(session, name)
            guard isSet == 1 else { throw NetworkError(.tls, "\(name) cannot be checked against a certificate") }
        }
        if !isAddress {
            var text = name.utf8CString
            _ = text.withUnsafeMutableBytes {
                library.controlSession(session, SSLConstant.setServerName, 0, $0.baseAddress)
            }
        }
    }

    private init(_ context: TLSContext, isServer: Bool) throws(NetworkError) {
        let library = context.library
        library.clearErrors()
        guard let session = library.newSession(context.pointer) else {
            throw NetworkError(.tls, "OpenSSL makes no session: \(library.lastErrors())")
        }
        guard let input = library.newBIO(library.memoryMethod()) else {
            library.freeSession(session)
            throw NetworkError(.tls, "OpenSSL makes no buffer: \(library.lastErrors())")
        }
        guard let output = library.newBIO(library.memoryMethod()) else {
            _ = library.freeBIO(input)
            library.freeSession(session)
            throw NetworkError(.tls, "OpenSSL makes no buffer: \(library.lastErrors())")
        }
        library.setBIO(session, input, output)
        self.context = context
        self.session = session
        self.input = input
        self.output = output
        self.isServer = isServer
    }

    deinit { context.library.freeSession(session) }

    /// Takes what came from the peer.
    mutating func receive(_ encrypted: UnsafeRawBufferPointer) {
        guard !encrypted.isEmpty else { return }
        _ = library.writeBIO(input, encrypted.baseAddress, Int32(encrypted.count))
    }

    /// Takes note that nothing more will come from the peer.
    mutating func receiveEnd() { _ = library.controlBIO(input, SSLConstant.bioSetEnd, 0, nil) }

    /// What is to be sent to the peer, at once.
    mutating func takeOutput() -> Bytes {
        let count = library.controlBIO(output, SSLConstant.bioPending, 0, nil)
        guard count > 0 else { return Bytes() }
        return Bytes(capacity: count) { buffer in
            max(0, Int(library.readBIO(output, buffer.baseAddress, Int32(buffer.count))))
        }
    }

    /// Goes on with the handshake; false when it needs more from the peer. The output is to be sent either way.
    mutating func handshake() throws(NetworkError) -> Bool {
        library.clearErrors()
        let result = library.handshake(session)
        if result == 1 { return true }
        switch library.errorKind(session, result) {
        case SSLConstant.errorWantRead, SSLConstant.errorWantWrite: return false
        case let kind: throw handshakeFailure(kind)
        }
    }

    /// Decrypts into `buffer`; `.transferred(0)` when the peer has said that it ends.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(NetworkError) -> TransferResult {
        var filled = 0
        while filled < buffer.count {
            library.clearErrors()
            let room = min(buffer.count - filled, Int(Int32.max))
            let count = library.read(session, buffer.baseAddress.map { $0 + filled }, Int32(room))
            if count > 0 {
                filled += Int(count)
                continue
            }
            let kind = library.errorKind(session, count)
            if filled > 0 { break }
            switch kind {
            case SSLConstant.errorWantRead, SSLConstant.errorWantWrite: return .wouldBlock
            case SSLConstant.errorZeroReturn: return .transferred(0)
            default: throw failure("reading over TLS", kind)
            }
        }
        return .transferred(filled)
    }

    /// Encrypts all of `plain` into the output.
    mutating func write(_ plain: UnsafeRawBufferPointer) throws(NetworkError) {
        var written = 0
        while written < plain.count {
            library.clearErrors()
            let size = min(plain.count - written, Int(Int32.max))
            let count = library.write(session, plain.baseAddress.map { $0 + written }, Int32(size))
            guard count > 0 else { throw failure("writing over TLS", library.errorKind(session, count)) }
            written += Int(count)
        }
    }

    /// Puts into the output that this side ends.
    mutating func end() {
        library.clearErrors()
        _ = library.shutdown(session)
        library.clearErrors()
    }

    /// The protocol that was agreed on, such as `TLSv1.3`.
    var protocolVersion: String { library.version(session).map { String(cString: $0) } ?? "?" }

    /// The subject of the peer's certificate as in RFC 2253, such as `CN=alice,O=example`; nil if it showed none.
    var peerName: String? {
        guard let certificate = library.peerCertificate(session) else { return nil }
        defer { library.freeCertificate(certificate) }
        guard let text = library.newBIO(library.memoryMethod()) else { return nil }
        defer { _ = library.freeBIO(text) }
        guard library.printName(text, library.subject(certificate), 0, SSLConstant.nameRFC2253) >= 0 else { return nil }
        let count = library.controlBIO(text, SSLConstant.bioPending, 0, nil)
        return Bytes(capacity: count) { max(0, Int(library.readBIO(text, $0.baseAddress, Int32($0.count)))) }.string
    }

    private func handshakeFailure(_ kind: Int32) -> NetworkError {
        let what = "the TLS handshake failed"
        let verified = library.verifyResult(session)
        if verified != SSLConstant.verifiedWell {
            let reason = library.verifyText(verified).map { String(cString: $0) } ?? "error \(verified)"
            let whose = isServer ? "client" : "server"
            return NetworkError(.tls, "\(what): the \(whose)'s certificate is not accepted: \(reason)")
        }
        return failure(what, kind)
    }

    private func failure(_ what: String, _ kind: Int32) -> NetworkError {
        let reason = library.lastErrors()
        if kind == SSLConstant.errorSystem || reason.contains("unexpected eof") {
            return NetworkError(.tls, "\(what): the peer ended the connection; does it speak TLS on this port?")
        }
        for sign in ["wrong version number", "http request", "unknown protocol", "packet length too long"]
        where reason.contains(sign) {
            return NetworkError(.tls, "\(what): the peer does not speak TLS on this port (\(reason))")
        }
        return NetworkError(.tls, "\(what): \(reason)")
    }
}

/// An `SSL_CTX`: what all sessions of one configuration share.
final class TLSContext: @unchecked Sendable {
    // Sound as Sendable: the SSL_CTX is filled before the context is handed out and only read afterwards, to make
    // sessions, which OpenSSL allows from any thread.
    let library: LibSSL
    let pointer: LibSSL.Context

    init(isServer: Bool) throws(NetworkError) {
        library = try LibSSL.loaded()
        library.clearErrors()
        guard let pointer = library.newContext(isServer ? library.serverMethod() : library.clientMethod()) else {
            throw NetworkError(.tls, "OpenSSL makes no context: \(library.lastErrors())")
        }
        self.pointer = pointer
        _ = library.controlContext(pointer, SSLConstant.setMinimumVersion, SSLConstant.tls12, nil)
        _ = library.controlContext(pointer, SSLConstant.setMode, SSLConstant.mode, nil)
        // Sessions are not resumed: Kafka's connections live long.
        _ = library.controlContext(pointer, SSLConstant.setSessionCache, 0, nil)
        _ = library.setOptions(pointer, SSLConstant.noRenegotiation | SSLConstant.noTicket)
        if isServer { _ = library.setTicketCount(pointer, 0) }
    }

    deinit { library.freeContext(pointer) }

    /// Trusts the certificates of `pem`, or what the system trusts. A server also names them to its clients.
    func trust(_ pem: PEM?, isServer: Bool = false) throws(NetworkError) {
        guard let pem else {
            guard library.useSystemTrust(pointer) == 1 else {
                throw NetworkError(.tls, "the system's trusted certificates: \(library.lastErrors())")
            }
            return
        }
        let store = library.certificateStore(pointer)
        try forEachCertificate(in: pem) { certificate throws(NetworkError) in
            guard library.addToStore(store, certificate) == 1 else {
                throw NetworkError(.tls, "the trusted certificates of \(pem): \(library.lastErrors())")
            }
            if isServer { _ = library.addClientAuthority(pointer, certificate) }
        }
    }

    /// Shows itself with the first certificate of `chain`, which `key` belongs to; the others lead to an authority.
    func identify(chain: PEM, key: PEM, password: Secret?) throws(NetworkError) {
        var isFirst = true
        try forEachCertificate(in: chain) { certificate throws(NetworkError) in
            let isDone =
                isFirst
                ? library.useCertificate(pointer, certificate) == 1
                : library.controlContext(
                    pointer, SSLConstant.addChainCertificate, 1, UnsafeMutableRawPointer(certificate)) == 1
            guard isDone else { throw NetworkError(.tls, "the certificates of \(chain): \(library.lastErrors())") }
            isFirst = false
        }
        try useKey(key, password)
        guard library.checkKey(pointer) == 1 else {
            throw NetworkError(.tls, "the key of \(key) is not that of the certificate of \(chain)")
        }
    }

    private func forEachCertificate(
        in pem: PEM, _ body: (LibSSL.X509) throws(NetworkError) -> Void
    ) throws(NetworkError) {
        let bytes = try pem.contents()
        library.clearErrors()
        // The BIO copies nothing, so the array must outlive it.
        let result = bytes.withUnsafeBytes { buffer -> Result<Int, NetworkError> in
            guard let source = library.memoryBuffer(buffer.baseAddress, Int32(buffer.count)) else { return .success(0) }
            defer { _ = library.freeBIO(source) }
            var count = 0
            while let certificate = library.readCertificate(source, nil, noPassword, nil) {
                defer { library.freeCertificate(certificate) }
                count += 1
                do throws(NetworkError) { try body(certificate) } catch { return .failure(error) }
            }
            return .success(count)
        }
        guard try result.get() > 0 else { throw NetworkError(.tls, "\(pem) holds no certificate in PEM form") }
        library.clearErrors()
    }

    private func useKey(_ pem: PEM, _ password: Secret?) throws(NetworkError) {
        let bytes = try pem.contents()
        library.clearErrors()
        var secret = (password?.revealed ?? "").utf8CString
        let isDone = bytes.withUnsafeBytes { buffer in
            secret.withUnsafeMutableBytes { secret in
                guard let source = library.memoryBuffer(buffer.baseAddress, Int32(buffer.count)) else { return false }
                defer { _ = library.freeBIO(source) }
                let key = library.readKey(source, nil, password == nil ? noPassword : givenPassword, secret.baseAddress)
                defer { library.freeKey(key) }
                return key != nil && library.useKey(pointer, key) == 1
            }
        }
        guard isDone else {
            let hint = password == nil ? "; an encrypted key needs its password" : "; is its password right?"
            throw NetworkError(.tls, "the private key of \(pem): \(library.lastErrors())\(hint)")
        }
    }
}

/// Gives no password, where OpenSSL would ask at the terminal.
private let noPassword: LibSSL.PasswordCallback = { _, _, _, _ in -1 }

/// Gives the password that the user data points to, as a C string.
private let givenPassword: LibSSL.PasswordCallback = { buffer, size, _, data in
    guard let buffer, let password = data?.assumingMemoryBound(to: CChar.self) else { return -1 }
    var count: Int32 = 0
    while password[Int(count)] != 0 {
        guard count < size else { return -1 }
        buffer[Int(count)] = password[Int(count)]
        count += 1
    }
    return count
}

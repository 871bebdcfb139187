import KafkaProtocol

/// What is used of OpenSSL's libssl and libcrypto, 3.x or 1.1.
///
/// All functions are looked up through libssl, which brings the libcrypto that it was made for. Its pointers stay
/// opaque: `Context` is an `SSL_CTX`, `Session` an `SSL`, `BIO`, `X509`, `Key` and `Store` what they say.
struct LibSSL: Sendable {
    typealias Context = OpaquePointer
    typealias Session = OpaquePointer
    typealias BIO = OpaquePointer
    typealias X509 = OpaquePointer
    typealias Key = OpaquePointer
    typealias Store = OpaquePointer
    typealias Raw = UnsafeMutableRawPointer
    typealias Text = UnsafePointer<CChar>
    /// `pem_password_cb`: buffer, its size, whether to write, user data; returns the length.
    typealias PasswordCallback = @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, Raw?) -> Int32

    let clientMethod: @convention(c) () -> OpaquePointer?
    let serverMethod: @convention(c) () -> OpaquePointer?
    let newContext: @convention(c) (OpaquePointer?) -> Context?
    let freeContext: @convention(c) (Context?) -> Void
    let controlContext: @convention(c) (Context?, Int32, Int, Raw?) -> Int
    let setOptions: @convention(c) (Context?, UInt) -> UInt
    let setTicketCount: @convention(c) (Context?, Int) -> Int32
    let setVerify: @convention(c) (Context?, Int32, OpaquePointer?) -> Void
    let useSystemTrust: @convention(c) (Context?) -> Int32
    let certificateStore: @convention(c) (Context?) -> Store?
    let addToStore: @convention(c) (Store?, X509?) -> Int32
    let addClientAuthority: @convention(c) (Context?, X509?) -> Int32
    let useCertificate: @convention(c) (Context?, X509?) -> Int32
    let useKey: @convention(c) (Context?, Key?) -> Int32
    let checkKey: @convention(c) (Context?) -> Int32

    let memoryBuffer: @convention(c) (UnsafeRawPointer?, Int32) -> BIO?
    let readCertificate: @convention(c) (BIO?, Raw?, PasswordCallback?, Raw?) -> X509?
    let readKey: @convention(c) (BIO?, Raw?, PasswordCallback?, Raw?) -> Key?
    let freeCertificate: @convention(c) (X509?) -> Void
    let freeKey: @convention(c) (Key?) -> Void

    let memoryMethod: @convention(c) () -> OpaquePointer?
    let newBIO: @convention(c) (OpaquePointer?) -> BIO?
    let freeBIO: @convention(c) (BIO?) -> Int32
    let readBIO: @convention(c) (BIO?, Raw?, Int32) -> Int32
    let writeBIO: @convention(c) (BIO?, UnsafeRawPointer?, Int32) -> Int32
    let controlBIO: @convention(c) (BIO?, Int32, Int, Raw?) -> Int

    let newSession: @convention(c) (Context?) -> Session?
    let freeSession: @convention(c) (Session?) -> Void
    let setBIO: @convention(c) (Session?, BIO?, BIO?) -> Void
    let setConnecting: @convention(c) (Session?) -> Void
    let setAccepting: @convention(c) (Session?) -> Void
    let controlSession: @convention(c) (Session?, Int32, Int, Raw?) -> Int
    let setHost: @convention(c) (Session?, Text?) -> Int32
    let setHostFlags: @convention(c) (Session?, UInt32) -> Void
    let verifyParameters: @convention(c) (Session?) -> OpaquePointer?
    let setAddress: @convention(c) (OpaquePointer?, Text?) -> Int32
    let handshake: @convention(c) (Session?) -> Int32
    let read: @convention(c) (Session?, Raw?, Int32) -> Int32
    let write: @convention(c) (Session?, UnsafeRawPointer?, Int32) -> Int32
    let shutdown: @convention(c) (Session?) -> Int32
    let errorKind: @convention(c) (Session?, Int32) -> Int32
    let verifyResult: @convention(c) (Session?) -> Int
    let verifyText: @convention(c) (Int) -> Text?
    let version: @convention(c) (Session?) -> Text?
    let peerCertificate: @convention(c) (Session?) -> X509?
    let subject: @convention(c) (X509?) -> OpaquePointer?
    let printName: @convention(c) (BIO?, OpaquePointer?, Int32, UInt) -> Int32

    let clearErrors: @convention(c) () -> Void
    let nextError: @convention(c) () -> UInt
    let errorReason: @convention(c) (UInt) -> Text?

    /// The library, loaded with the first use. Throws `.tls` with the package to install.
    static func loaded() throws(NetworkError) -> LibSSL {
        do throws(SystemLibrary.LoadingError) { return try library.get() } catch {
            throw NetworkError(.tls, "\(error)")
        }
    }

    private static let library = Result { () throws(SystemLibrary.LoadingError) in try LibSSL() }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "TLS", name: "libssl (OpenSSL)", linuxFiles: ["libssl.so.3", "libssl.so.1.1", "libssl.so"],
                darwinFiles: ["libssl.3.dylib", "libssl.1.1.dylib"], debianPackage: "libssl3",
                homebrewPackage: "openssl@3"))
        clientMethod = try library.function("TLS_client_method")
        serverMethod = try library.function("TLS_server_method")
        newContext = try library.function("SSL_CTX_new")
        freeContext = try library.function("SSL_CTX_free")
        controlContext = try library.function("SSL_CTX_ctrl")
        setOptions = try library.function("SSL_CTX_set_options")
        setTicketCount = try library.function("SSL_CTX_set_num_tickets")
        setVerify = try library.function("SSL_CTX_set_verify")
        useSystemTrust = try library.function("SSL_CTX_set_default_verify_paths")
        certificateStore = try library.function("SSL_CTX_get_cert_store")
        addToStore = try library.function("X509_STORE_add_cert")
        addClientAuthority = try library.function("SSL_CTX_add_client_CA")
        useCertificate = try library.function("SSL_CTX_use_certificate")
        useKey = try library.function("SSL_CTX_use_PrivateKey")
        checkKey = try library.function("SSL_CTX_check_private_key")
        memoryBuffer = try library.function("BIO_new_mem_buf")
        readCertificate = try library.function("PEM_read_bio_X509")
        readKey = try library.function("PEM_read_bio_PrivateKey")
        freeCertificate = try library.function("X509_free")
        freeKey = try library.function("EVP_PKEY_free")
        memoryMethod = try library.function("BIO_s_mem")
        newBIO = try library.function("BIO_new")
        freeBIO = try library.function("BIO_free")
        readBIO = try library.function("BIO_read")
        writeBIO = try library.function("BIO_write")
        controlBIO = try library.function("BIO_ctrl")
        newSession = try library.function("SSL_new")
        freeSession = try library.function("SSL_free")
        setBIO = try library.function("SSL_set_bio")
        setConnecting = try library.function("SSL_set_connect_state")
        setAccepting = try library.function("SSL_set_accept_state")
        controlSession = try library.function("SSL_ctrl")
        setHost = try library.function("SSL_set1_host")
        setHostFlags = try library.function("SSL_set_hostflags")
        verifyParameters = try library.function("SSL_get0_param")
        setAddress = try library.function("X509_VERIFY_PARAM_set1_ip_asc")
        handshake = try library.function("SSL_do_handshake")
        read = try library.function("SSL_read")
        write = try library.function("SSL_write")
        shutdown = try library.function("SSL_shutdown")
        errorKind = try library.function("SSL_get_error")
        verifyResult = try library.function("SSL_get_verify_result")
        verifyText = try library.function("X509_verify_cert_error_string")
        version = try library.function("SSL_get_version")
        do throws(SystemLibrary.LoadingError) {
            peerCertificate = try library.function("SSL_get1_peer_certificate")
        } catch {
            // Its name in OpenSSL 1.1.
            peerCertificate = try library.function("SSL_get_peer_certificate")
        }
        subject = try library.function("X509_get_subject_name")
        printName = try library.function("X509_NAME_print_ex")
        clearErrors = try library.function("ERR_clear_error")
        nextError = try library.function("ERR_get_error")
        errorReason = try library.function("ERR_reason_error_string")
    }

    /// What the last failed call on this thread left in the queue of errors, in words.
    func lastErrors() -> String {
        var reasons: [String] = []
        while case let code = nextError(), code != 0, reasons.count < 8 {
            let reason = errorReason(code).map { String(cString: $0) } ?? "error \(code)"
            if reasons.last != reason { reasons.append(reason) }
        }
        return reasons.isEmpty ? "no reason given" : reasons.joined(separator: ", ")
    }
}

/// Numbers of OpenSSL's headers that are macros there.
enum SSLConstant {
    static let setMinimumVersion: Int32 = 123
    static let setMode: Int32 = 33
    static let setSessionCache: Int32 = 44
    static let addChainCertificate: Int32 = 89
    static let setServerName: Int32 = 55
    static let tls12 = 0x0303
    /// Partial writes, writes from memory that moves, no buffers kept while idle.
    static let mode = 0x1 | 0x2 | 0x10
    static let noRenegotiation: UInt = 1 << 30
    static let noTicket: UInt = 1 << 14
    static let verifyPeer: Int32 = 1
    static let verifyRequired: Int32 = 2
    static let noPartialWildcards: UInt32 = 4
    static let errorSSL: Int32 = 1
    static let errorWantRead: Int32 = 2
    static let errorWantWrite: Int32 = 3
    static let errorSystem: Int32 = 5
    static let errorZeroReturn: Int32 = 6
    static let bioPending: Int32 = 10
    static let bioSetEnd: Int32 = 130
    static let nameRFC2253: UInt = 0x1110317
    static let verifiedWell = 0
}

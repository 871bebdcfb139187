import KafkaProtocol
import Testing

@testable import KafkaNetwork

private let hasCrypto = (try? LibCrypto.loaded()) != nil

@Suite(.enabled(if: hasCrypto, "libcrypto of OpenSSL is not installed")) struct ScramTests {
    private static let vectorNonce = "rOprNGfwEbeRWgbNEkqO"
    private static let vectorServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

    @Test func `The exchange of RFC 7677 comes out byte for byte on both sides`() throws {
        let salt = Bytes(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")!)
        let credential = try ScramCredential(.sha256, password: Secret("pencil"), salt: salt, iterations: 4_096)
        var client = ScramClient(.sha256, user: "user", password: Secret("pencil"), nonce: Self.vectorNonce)
        var server = ScramServer(.sha256, nonce: Self.vectorServerNonce)
        #expect(client.firstMessage.string == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        #expect(try server.begin(with: client.firstMessage) == "user")
        let serverFirst = try server.challenge(credential)
        #expect(
            serverFirst.string
                == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        let clientFinal = try client.respond(to: serverFirst)
        #expect(
            clientFinal.string
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        let serverFinal = try server.finish(with: clientFinal)
        #expect(serverFinal.string == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        try client.finish(with: serverFinal)
    }

    @Test func `An exchange with SHA-512 comes out as Python's hashlib computes it`() throws {
        let salt = Bytes(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")!)
        let credential = try ScramCredential(.sha512, password: Secret("pencil"), salt: salt, iterations: 4_096)
        var client = ScramClient(.sha512, user: "user", password: Secret("pencil"), nonce: Self.vectorNonce)
        var server = ScramServer(.sha512, nonce: Self.vectorServerNonce)
        #expect(try server.begin(with: client.firstMessage) == "user")
        let clientFinal = try client.respond(to: server.challenge(credential))
        #expect(
            clientFinal.string
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw"
                + "+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==")
        let serverFinal = try server.finish(with: clientFinal)
        #expect(
            serverFinal.string
                == "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0v"
                + "SVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==")
        try client.finish(with: serverFinal)
    }

    @Test(
        arguments: ScramMechanism.allCases, [("alice", "secret"), ("a=b,c=2C", "=,="), ("Jürgen 🦉", "pässwörd\u{AD}")])
    func `Any user logs in with the right password and nobody with a wrong one`(
        mechanism: ScramMechanism, login: (String, String)
    ) throws {
        let credential = try ScramCredential(mechanism, password: Secret(login.1))
        #expect(try run(mechanism, user: login.0, password: login.1, credential) == nil)
        #expect(try run(mechanism, user: login.0, password: login.1 + " ", credential)?.code == .refused)
        #expect(try run(mechanism, user: login.0, password: login.1, nil)?.code == .refused)
        #expect(try credential.matches(Secret(login.1), mechanism))
        #expect(try !credential.matches(Secret("other"), mechanism))
    }

    /// Both sides against each other; the error that ends the exchange, if any.
    private func run(
        _ mechanism: ScramMechanism, user: String, password: String, _ credential: ScramCredential?
    ) throws -> SASLError? {
        var client = ScramClient(mechanism, user: user, password: Secret(password))
        var server = ScramServer(mechanism)
        #expect(try server.begin(with: client.firstMessage) == user)
        let answer = try client.respond(to: server.challenge(credential))
        do {
            try client.finish(with: server.finish(with: answer))
            return nil
        } catch {
            return error
        }
    }

    @Test func `An unknown user gets the same salt each time, as a known one does`() throws {
        let challenges = try (0..<2).map { _ in
            var server = ScramServer(.sha512, nonce: "x")
            _ = try server.begin(with: Bytes(utf8: "n,,n=nobody,r=abc"))
            return try server.challenge(nil)
        }
        #expect(challenges[0] == challenges[1])
    }

    @Test(arguments: [
        ("r=other,s=QUJD,i=4096", SASLError.Code.untrusted), ("r=abc,s=QUJD,i=4096", .untrusted),
        ("r=abcd,s=QUJD,i=4095", .untrusted), ("r=abcd,s=QUJD,i=1000001", .untrusted),
        ("r=abcd,s=QUJD,i=99999999999999999999", .malformed), ("r=abcd,s=,i=4096", .malformed),
        ("r=abcd,s=?,i=4096", .malformed), ("m=x,r=abcd,s=QUJD,i=4096", .malformed), ("", .malformed),
        ("e=unknown-user", .refused), ("r=abcd,i=4096,s=QUJD", .malformed), ("s", .malformed), ("\0", .malformed),
    ])
    func `A client refuses a first message that is hostile or wrong`(message: String, code: SASLError.Code) {
        var client = ScramClient(.sha256, user: "user", password: Secret("pencil"), nonce: "abc")
        #expect(error { _ = try client.respond(to: Bytes(utf8: message)) }?.code == code)
    }

    @Test func `A client refuses a server that does not know the password`() throws {
        var client = ScramClient(.sha256, user: "user", password: Secret("pencil"), nonce: "abc")
        _ = try client.respond(to: Bytes(utf8: "r=abcd,s=QUJD,i=4096"))
        var other = client
        let signature = Base64.encode(Array(repeating: 7, count: 32))
        #expect(error { try client.finish(with: Bytes(utf8: "v=\(signature)")) }?.code == .untrusted)
        #expect(error { try other.finish(with: Bytes(utf8: "e=other-error")) }?.code == .refused)
    }

    @Test(arguments: [
        "", "n", "n,,", "p=tls-unique,,n=user,r=abc", "n,,r=abc,n=user", "n,,n=us=er,r=abc", "n,,n=user", "n,,n=,r=abc",
        "n,,m=x,n=user,r=abc", "n,x,n=user,r=abc", "n,a=other,n=user,r=abc", "\u{0}",
    ])
    func `A server refuses a first message that is wrong`(message: String) {
        var server = ScramServer(.sha256)
        #expect(error { _ = try server.begin(with: Bytes(utf8: message)) } != nil)
    }

    @Test func `A server takes extensions, and an authorization id that is the user's`() throws {
        var server = ScramServer(.sha256)
        #expect(try server.begin(with: Bytes(utf8: "n,a=user,n=user,r=abc,tokenauth=true")) == "user")
    }

    @Test(arguments: [
        "c=biws,r=abcx", "c=eSws,r=abcx,p=QUJD", "c=biws,r=abc,p=QUJD", "c=biws,r=abcx,p=QUJD", "p=QUJD", "",
    ])
    func `A server refuses a last message that is wrong`(message: String) throws {
        let credential = try ScramCredential(.sha256, password: Secret("pencil"))
        var server = ScramServer(.sha256, nonce: "x")
        _ = try server.begin(with: Bytes(utf8: "n,,n=user,r=abc"))
        _ = try server.challenge(credential)
        #expect(error { _ = try server.finish(with: Bytes(utf8: message)) } != nil)
        #expect(error { _ = try server.finish(with: Bytes(utf8: message)) }?.code == .malformed)
    }

    private func error(_ body: () throws -> Void) -> SASLError? {
        do {
            try body()
            return nil
        } catch {
            return error as? SASLError
        }
    }
}

@Suite struct PlainTests {
    @Test func `PLAIN credentials survive the way over the wire`() throws {
        let credentials = try PlainCredentials(user: "alice", password: Secret("pa=s,s"))
        #expect(credentials.message.array == Array("\0alice\0pa=s,s".utf8))
        #expect(try PlainCredentials(message: credentials.message) == credentials)
        #expect(try PlainCredentials(message: Bytes(utf8: "alice\0alice\0x")).user == "alice")
    }

    @Test(arguments: ["", "alice", "alice\0secret", "\0\0secret", "\0alice\0", "bob\0alice\0x", "\0a\0b\0c"])
    func `A PLAIN message that is wrong is refused`(message: String) {
        #expect(throws: SASLError.self) { try PlainCredentials(message: Bytes(utf8: message)) }
    }

    @Test func `A secret never shows`() throws {
        let credentials = try PlainCredentials(user: "alice", password: Secret("hunter2"))
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!"\(credentials) \(String(reflecting: credentials)) \(dumped)".contains("hunter2"))
    }

    @Test func `Base64 is that of RFC 4648`() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy"]
        for (plain, encoded) in vectors {
            #expect(Base64.encode(Array(plain.utf8)) == encoded)
            #expect(Base64.decode(encoded) == Array(plain.utf8))
        }
        for wrong in ["Z", "Zg=", "Zg", "Z===", "====", "Zm9v=", "Zm=v", "Zm9\n"] {
            #expect(Base64.decode(wrong) == nil)
        }
    }

    /// What a client says last, with this nonce in it.
    private func final(
        nonce: String, _ serverFirst: Bytes, _ client: ScramClient, _ password: String, salt: Bytes
    ) throws -> Bytes {
        let crypto = try LibCrypto.loaded()
        let salted = try ScramCredential.saltedPassword(
            .sha256, password: Secret(password), salt: salt, iterations: 4_096)
        let clientKey = try crypto.hmac(.sha256, key: salted.array, Array("Client Key".utf8))
        let bareFinal = "c=biws,r=\(nonce)"
        let bareFirst = String(client.firstMessage.string.dropFirst(3))
        let signed = ScramMessage.signed(bareFirst, serverFirst.string, bareFinal)
        let signature = try crypto.hmac(.sha256, key: crypto.hash(.sha256, clientKey), signed)
        return Bytes(utf8: "\(bareFinal),p=\(Base64.encode(zip(clientKey, signature).map { $0 ^ $1 }))")
    }

    @Test func `A nonce that has the client's part twice is taken, one without the server's is not`() throws {
        let salt = ScramCredential.randomBytes(16)
        let credential = try ScramCredential(.sha256, password: Secret("pencil"), salt: salt, iterations: 4_096)
        for (nonce, isRight) in [("cs", true), ("ccs", true), ("c", false), ("csc", false), ("cS", false)] {
            let client = ScramClient(.sha256, user: "user", password: Secret("pencil"), nonce: "c")
            var server = ScramServer(.sha256, nonce: "s")
            _ = try server.begin(with: client.firstMessage)
            let message = try final(nonce: nonce, try server.challenge(credential), client, "pencil", salt: salt)
            do {
                _ = try server.finish(with: message)
                #expect(isRight, "\(nonce) was taken")
            } catch {
                #expect(!isRight, "\(nonce): \(error)")
            }
        }
    }
}

public import KafkaProtocol

/// What a broker keeps of a user's password: enough to check it, not enough to log in with it elsewhere.
public struct ScramCredential: Sendable, Hashable {
    /// The random bytes that the password was hashed with.
    public let salt: Bytes
    /// How often it was hashed.
    public let iterations: Int
    /// The digest of the client's key.
    public let storedKey: Bytes
    /// The key that the server proves itself with.
    public let serverKey: Bytes

    /// A credential as it was kept.
    public init(salt: Bytes, iterations: Int, storedKey: Bytes, serverKey: Bytes) {
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// The credential for `password`. Takes milliseconds of CPU. Throws `.unavailable` without OpenSSL.
    public init(
        _ mechanism: ScramMechanism, password: Secret, salt: Bytes = randomBytes(24),
        iterations: Int = ScramMechanism.minimumIterations
    ) throws(SASLError) {
        let salted = try Self.saltedPassword(mechanism, password: password, salt: salt, iterations: iterations)
        try self.init(mechanism, saltedPassword: salted, salt: salt, iterations: iterations)
    }

    /// The credential for a password that was hashed by the one who knows it, as `AlterUserScramCredentials` (KIP-554)
    /// carries it.
    public init(
        _ mechanism: ScramMechanism, saltedPassword: Bytes, salt: Bytes, iterations: Int
    ) throws(SASLError) {
        let crypto = try LibCrypto.loaded()
        let clientKey = try crypto.hmac(mechanism, key: saltedPassword.array, Array("Client Key".utf8))
        self.init(
            salt: salt, iterations: iterations, storedKey: Bytes(try crypto.hash(mechanism, clientKey)),
            serverKey: Bytes(try crypto.hmac(mechanism, key: saltedPassword.array, Array("Server Key".utf8))))
    }

    /// `password` hashed `iterations` times with `salt`. As good as the password itself to log in with.
    ///
    /// Like Kafka's clients and brokers, and unlike RFC 5802, it takes the password's UTF-8 as it is, without SASLprep.
    public static func saltedPassword(
        _ mechanism: ScramMechanism, password: Secret, salt: Bytes, iterations: Int
    ) throws(SASLError) -> Bytes {
        guard (1...ScramMechanism.maximumIterations).contains(iterations) else {
            throw SASLError(
                .malformed, "\(iterations) iterations, where 1 to \(ScramMechanism.maximumIterations) can be")
        }
        let crypto = try LibCrypto.loaded()
        return Bytes(try crypto.saltedPassword(mechanism, password, salt: salt.array, iterations: iterations))
    }

    /// Whether `password` is the one this was made of, for a login by PLAIN.
    public func matches(_ password: Secret, _ mechanism: ScramMechanism) throws(SASLError) -> Bool {
        let other = try ScramCredential(mechanism, password: password, salt: salt, iterations: iterations)
        return areEqualInConstantTime(other.storedKey.array, storedKey.array)
    }

    /// `count` bytes from the system's secure random generator, for a salt.
    public static func randomBytes(_ count: Int) -> Bytes { KafkaNetwork.randomBytes(count) }
}

/// `count` bytes from the system's secure random generator.
func randomBytes(_ count: Int) -> Bytes {
    var generator = SystemRandomNumberGenerator()
    return Bytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
}

/// A nonce of 144 random bits, all printable.
func randomNonce() -> String { Base64.encode(randomBytes(18).array) }

public import KafkaProtocol

/// The server's side of SCRAM (RFC 5802, 7677) without channel binding, sans I/O: take the client's first message, look
/// up the user's credential, challenge, and check the client's last message.
public struct ScramServer: Sendable {
    private enum State {
        case started
        case named(user: String, header: String, bareFirst: String, clientNonce: String)
        case challenged(header: String, bareFirst: String, serverFirst: String, nonce: String, ScramCredential?)
        case finished
    }

    private let mechanism: ScramMechanism
    private let nonce: String
    private var state = State.started

    /// What unknown users' salts are made of, so that they look like any user's each time they are asked for.
    private static let disguise = randomBytes(32).array

    /// An exchange. The nonce must be random; it is a parameter for tests.
    public init(_ mechanism: ScramMechanism, nonce: String? = nil) {
        self.mechanism = mechanism
        self.nonce = nonce ?? randomNonce()
    }

    /// Takes the client's first message and says whose credential is needed.
    public mutating func begin(with clientFirst: Bytes) throws(SASLError) -> String {
        guard case .started = state else { throw .malformed("a SCRAM message out of its turn") }
        let text = try ScramMessage.text(clientFirst)
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("a SCRAM message without its header") }
        guard parts[0] == "n" || parts[0] == "y" else {
            throw .malformed("a SCRAM message that wants channel binding, which is not offered")
        }
        let message = try ScramMessage(parts[2])
        let user = try ScramMessage.unescape(try message.value("n", at: 0))
        let clientNonce = try message.value("r", at: 1)
        guard !user.isEmpty, !clientNonce.isEmpty else { throw .malformed("a SCRAM message without user or nonce") }
        if !parts[1].isEmpty {
            guard parts[1].hasPrefix("a=") else { throw .malformed("a SCRAM message with a wrong header") }
            guard try ScramMessage.unescape(String(parts[1].dropFirst(2))) == user else {
                throw SASLError(.refused, "the user may not act in the name of another")
            }
        }
        state = .named(
            user: user, header: "\(parts[0]),\(parts[1]),", bareFirst: String(parts[2]), clientNonce: clientNonce)
        return user
    }

    /// The server's first message. Without a `credential`, for a user who does not exist, the exchange goes on alike
    /// and fails at its end.
    public mutating func challenge(_ credential: ScramCredential?) throws(SASLError) -> Bytes {
        guard case .named(let user, let header, let bareFirst, let clientNonce) = state else {
            throw .malformed("a SCRAM message out of its turn")
        }
        let salt: [UInt8]
        if let credential {
            salt = credential.salt.array
        } else {
            let digest = try LibCrypto.loaded().hmac(.sha256, key: Self.disguise, Array(user.utf8))
            salt = Array(digest.prefix(24))
        }
        let iterations = credential?.iterations ?? ScramMechanism.minimumIterations
        let both = clientNonce + nonce
        let serverFirst = "r=\(both),s=\(Base64.encode(salt)),i=\(iterations)"
        state = .challenged(
            header: header, bareFirst: bareFirst, serverFirst: serverFirst, nonce: both, credential)
        return Bytes(utf8: serverFirst)
    }

    /// Checks the client's proof and returns the server's last message. Throws `.refused` for a wrong password or an
    /// unknown user, which look the same.
    public mutating func finish(with clientFinal: Bytes) throws(SASLError) -> Bytes {
        guard case .challenged(let header, let bareFirst, let serverFirst, let nonce, let credential) = state else {
            throw .malformed("a SCRAM message out of its turn")
        }
        state = .finished
        let text = try ScramMessage.text(clientFinal)
        guard let comma = text.lastIndex(of: ","), text[comma...].hasPrefix(",p=") else {
            throw .malformed("a SCRAM message without a proof")
        }
        let bareFinal = String(text[..<comma])
        let message = try ScramMessage(text[...])
        // librdkafka before 2.6.1 puts the client's nonce in front of both once more; Kafka takes that, too.
        guard try message.bytes("c", at: 0) == Array(header.utf8), try message.value("r", at: 1).hasSuffix(nonce) else {
            throw .malformed("a SCRAM message that does not belong to this exchange")
        }
        let proof = try message.bytes("p", at: message.attributes.count - 1)
        let crypto = try LibCrypto.loaded()
        let signed = ScramMessage.signed(bareFirst, serverFirst, bareFinal)
        let signature = try crypto.hmac(mechanism, key: credential?.storedKey.array ?? Self.disguise, signed)
        let clientKey = proof.count == signature.count ? exclusiveOr(proof, signature) : []
        let isRight = areEqualInConstantTime(
            try crypto.hash(mechanism, clientKey), credential?.storedKey.array ?? [])
        guard let credential, isRight else { throw SASLError(.refused, "the user or the password is wrong") }
        let answer = try crypto.hmac(mechanism, key: credential.serverKey.array, signed)
        return Bytes(utf8: "v=\(Base64.encode(answer))")
    }
}

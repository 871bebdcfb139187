public import KafkaProtocol

/// The client's side of SCRAM (RFC 5802, 7677) without channel binding, sans I/O: send `firstMessage`, answer the
/// server's first message with `respond(to:)` and check its last with `finish(with:)`.
public struct ScramClient: Sendable {
    private enum State {
        case started
        case responded(serverSignature: [UInt8])
        case finished
    }

    private let mechanism: ScramMechanism
    private let password: Secret
    private let nonce: String
    private let bareFirst: String
    private var state = State.started

    private static let header = "n,,"

    /// An exchange for `user`. The nonce must be random; it is a parameter for tests.
    public init(_ mechanism: ScramMechanism, user: String, password: Secret, nonce: String? = nil) {
        self.mechanism = mechanism
        self.password = password
        self.nonce = nonce ?? randomNonce()
        bareFirst = "n=\(ScramMessage.escape(user)),r=\(self.nonce)"
    }

    /// The message that starts the exchange.
    public var firstMessage: Bytes { Bytes(utf8: Self.header + bareFirst) }

    /// The answer to the server's first message, with the proof that this side knows the password.
    ///
    /// Throws `.malformed`, `.refused`, or `.untrusted` when the server's nonce does not continue ours or it asks for
    /// fewer than `ScramMechanism.minimumIterations` or more than `maximumIterations`.
    public mutating func respond(to serverFirst: Bytes) throws(SASLError) -> Bytes {
        guard case .started = state else { throw .malformed("a SCRAM message out of its turn") }
        let text = try ScramMessage.text(serverFirst)
        let message = try ScramMessage(text[...])
        if message.attributes.first?.name == "e" { throw Self.refusal(try message.value("e", at: 0)) }
        let serverNonce = try message.value("r", at: 0)
        let salt = try message.bytes("s", at: 1)
        guard serverNonce.hasPrefix(nonce), serverNonce.utf8.count > nonce.utf8.count else {
            throw SASLError(.untrusted, "the server's SCRAM nonce does not continue the client's")
        }
        guard !salt.isEmpty, let iterations = Int(try message.value("i", at: 2)) else {
            throw .malformed("a SCRAM message without salt or iterations")
        }
        guard (ScramMechanism.minimumIterations...ScramMechanism.maximumIterations).contains(iterations) else {
            throw SASLError(
                .untrusted,
                "the server asks for \(iterations) SCRAM iterations; \(ScramMechanism.minimumIterations) to "
                    + "\(ScramMechanism.maximumIterations) are accepted")
        }

        let crypto = try LibCrypto.loaded()
        let salted = try crypto.saltedPassword(mechanism, password, salt: salt, iterations: iterations)
        let clientKey = try crypto.hmac(mechanism, key: salted, Array("Client Key".utf8))
        let serverKey = try crypto.hmac(mechanism, key: salted, Array("Server Key".utf8))
        let bareFinal = "c=\(Base64.encode(Array(Self.header.utf8))),r=\(serverNonce)"
        let signed = ScramMessage.signed(bareFirst, text, bareFinal)
        let signature = try crypto.hmac(mechanism, key: try crypto.hash(mechanism, clientKey), signed)
        state = .responded(serverSignature: try crypto.hmac(mechanism, key: serverKey, signed))
        return Bytes(utf8: "\(bareFinal),p=\(Base64.encode(exclusiveOr(clientKey, signature)))")
    }

    /// Checks that the server knows the password too. Throws `.refused` if it rejects the client, `.untrusted` if its
    /// signature is wrong.
    public mutating func finish(with serverFinal: Bytes) throws(SASLError) {
        guard case .responded(let expected) = state else { throw .malformed("a SCRAM message out of its turn") }
        let message = try ScramMessage(try ScramMessage.text(serverFinal)[...])
        if message.attributes.first?.name == "e" { throw Self.refusal(try message.value("e", at: 0)) }
        guard areEqualInConstantTime(try message.bytes("v", at: 0), expected) else {
            throw SASLError(.untrusted, "the server does not know the password: its SCRAM signature is wrong")
        }
        state = .finished
    }

    private static func refusal(_ reason: String) -> SASLError {
        SASLError(.refused, "the server refused the SCRAM login: \(reason)")
    }
}

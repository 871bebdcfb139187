internal import KafkaNetwork
internal import KafkaProtocol

/// How far a connection has proved who its client is (KIP-43, KIP-84, KIP-152). It knows the users by a closure and no
/// socket.
struct Authentication: Sendable {
    private enum Phase: Sendable {
        /// Nobody is asked.
        case unneeded
        case begins
        /// The mechanism is agreed on. Clients of SaslHandshake version 0 send tokens without headers.
        case agreed(SASLMechanism, isRaw: Bool)
        case proving(ScramServer, isRaw: Bool)
        case done
    }

    /// An answer; with a fault the connection is closed after it.
    struct Reply<Response: Sendable>: Sendable {
        var response: Response
        var fault: String?
    }

    typealias LookUp = (Name) -> UserRegistry.Credentials?

    private let mechanisms: [SASLMechanism]
    private var phase: Phase
    /// Who the client says it is; who it is once that is done.
    private(set) var user: Name?

    /// A connection whose clients must use one of the mechanisms; none are asked if there are none.
    init(mechanisms: [SASLMechanism]) {
        self.mechanisms = mechanisms
        phase = mechanisms.isEmpty ? .unneeded : .begins
    }

    /// Whether other requests than those of the authentication are answered.
    var isDone: Bool {
        switch phase {
        case .unneeded, .done: true
        case .begins, .agreed, .proving: false
        }
    }

    /// Whether the next frame is a token without a header.
    var expectsRawToken: Bool {
        switch phase {
        case .agreed(_, isRaw: true), .proving(_, isRaw: true): true
        default: false
        }
    }

    /// The client chooses a mechanism.
    mutating func handshake(_ request: SaslHandshakeRequest, version: Int16) -> Reply<SaslHandshakeResponse> {
        let names = mechanisms.map(\.rawValue)
        guard case .begins = phase else {
            let response = SaslHandshakeResponse(errorCode: KafkaErrorCode.illegalSaslState.rawValue, mechanisms: names)
            return Reply(response: response, fault: isDone ? nil : "a second SaslHandshake")
        }
        guard let mechanism = mechanisms.first(where: { $0.rawValue == request.mechanism }) else {
            let error = KafkaErrorCode.unsupportedSaslMechanism.rawValue
            return Reply(
                response: SaslHandshakeResponse(errorCode: error, mechanisms: names),
                fault: "authentication failed: a mechanism that is not enabled")
        }
        phase = .agreed(mechanism, isRaw: version == 0)
        return Reply(response: SaslHandshakeResponse(mechanisms: names))
    }

    /// The client proves who it is, in one step or two.
    mutating func authenticate(_ request: SaslAuthenticateRequest, _ lookUp: LookUp) -> Reply<SaslAuthenticateResponse> {
        switch phase {
        case .unneeded, .begins, .done:
            let response = SaslAuthenticateResponse(
                errorCode: KafkaErrorCode.illegalSaslState.rawValue,
                errorMessage: "SaslAuthenticate request received out of turn")
            return Reply(response: response, fault: isDone ? nil : "SaslAuthenticate before SaslHandshake")
        case .agreed, .proving:
            do {
                return Reply(response: SaslAuthenticateResponse(authBytes: try take(request.authBytes, lookUp)))
            } catch {
                let response = SaslAuthenticateResponse(
                    errorCode: KafkaErrorCode.saslAuthenticationFailed.rawValue,
                    errorMessage: "Authentication failed: the user or the password is wrong")
                return Reply(response: response, fault: "authentication failed: \(error.message)")
            }
        }
    }

    /// A token of the agreed mechanism; returns the one to send back. Throws if the client is not who it says.
    mutating func take(_ token: Bytes, _ lookUp: LookUp) throws(SASLError) -> Bytes {
        switch phase {
        case .agreed(.plain, _):
            let credentials = try PlainCredentials(message: token)
            for (mechanism, credential) in lookUp(Name(credentials.user)) ?? [:] {
                guard try credential.matches(credentials.password, mechanism) else { continue }
                user = Name(credentials.user)
                phase = .done
                return Bytes()
            }
            throw SASLError(.refused, "the user or the password is wrong")
        case .agreed(let mechanism, let isRaw):
            guard let scram = mechanism.scram else { throw SASLError(.malformed, "no such mechanism") }
            var server = ScramServer(scram)
            let name = Name(try server.begin(with: token))
            let challenge = try server.challenge(lookUp(name)?[scram])
            user = name
            phase = .proving(server, isRaw: isRaw)
            return challenge
        case .proving(var server, _):
            let proof = try server.finish(with: token)
            phase = .done
            return proof
        case .unneeded, .begins, .done:
            throw SASLError(.malformed, "a token out of turn")
        }
    }
}

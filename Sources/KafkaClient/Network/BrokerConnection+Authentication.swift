import KafkaNetwork
import KafkaProtocol

extension BrokerConnection {
    /// Shows the broker who this client is (SaslHandshake, SaslAuthenticate). Returns for how many milliseconds that
    /// holds (KIP-368); 0 without limit.
    func authenticate(
        _ credentials: SASLCredentials, on socket: Connection, _ versions: APIVersionTable
    ) async throws -> Int64 {
        let handshake = SaslHandshakeRequest(mechanism: credentials.mechanism.rawValue)
        let version = try versions.version(for: handshake)
        guard version >= 1 else {
            throw KafkaError(.unsupported, "the broker at \(address) is too old for SASL in requests (KIP-152)")
        }
        let frame = try await exchange(handshake, version: version, on: socket)
        let answer = try RequestFrame.decode(frame, answering: handshake, version: version)
        guard answer.errorCode == 0 else {
            let offered = answer.mechanisms.isEmpty ? "none" : answer.mechanisms.joined(separator: ", ")
            throw KafkaError(
                .authentication,
                "the broker at \(address) does not accept \(credentials.mechanism.rawValue), but \(offered)",
                errorCode: KafkaErrorCode(rawValue: answer.errorCode), isFatal: true)
        }
        do {
            switch credentials.mechanism {
            case .plain:
                let message = try PlainCredentials(user: credentials.username, password: credentials.password).message
                return try await sendBytes(message, on: socket, versions).sessionLifetimeMs
            case .scramSHA256: return try await scram(.sha256, credentials, on: socket, versions)
            case .scramSHA512: return try await scram(.sha512, credentials, on: socket, versions)
            }
        } catch let error as SASLError {
            throw KafkaError(
                .authentication, "could not authenticate to the broker at \(address)", underlying: error, isFatal: true)
        }
    }

    private func scram(
        _ mechanism: ScramMechanism, _ credentials: SASLCredentials, on socket: Connection, _ versions: APIVersionTable
    ) async throws -> Int64 {
        var client = ScramClient(mechanism, user: credentials.username, password: credentials.password)
        let first = try await sendBytes(client.firstMessage, on: socket, versions)
        let final = try await sendBytes(client.respond(to: first.authBytes), on: socket, versions)
        try client.finish(with: final.authBytes)
        return final.sessionLifetimeMs
    }

    private func sendBytes(
        _ bytes: Bytes, on socket: Connection, _ versions: APIVersionTable
    ) async throws -> SaslAuthenticateResponse {
        let request = SaslAuthenticateRequest(authBytes: bytes)
        let version = try versions.version(for: request)
        let frame = try await exchange(request, version: version, on: socket)
        let response = try RequestFrame.decode(frame, answering: request, version: version)
        guard response.errorCode == 0 else {
            throw KafkaError(
                .authentication,
                "the broker at \(address) refuses the user" + (response.errorMessage.map { ": \($0)" } ?? ""),
                errorCode: KafkaErrorCode(rawValue: response.errorCode), isFatal: true)
        }
        return response
    }
}

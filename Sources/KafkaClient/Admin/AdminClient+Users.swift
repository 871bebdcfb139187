public import KafkaNetwork
import KafkaProtocol

extension AdminClient {
    /// Sets a user's password for one mechanism of SCRAM; a user that is not there is made (KIP-554). What goes to the
    /// cluster is salted and hashed, not the password.
    public func setPassword(
        of user: String, to password: Secret, mechanism: ScramMechanism = .sha256, iterations: Int = 8192
    ) async throws {
        let salt = ScramCredential.randomBytes(24)
        let salted = try ScramCredential.saltedPassword(
            mechanism, password: password, salt: salt, iterations: iterations)
        try await alterUsers(
            AlterUserScramCredentialsRequest(upsertions: [
                .init(
                    name: user, mechanism: mechanism.number, iterations: Int32(clamping: iterations), salt: salt,
                    saltedPassword: salted)
            ]))
    }

    /// Removes users with all of their credentials. Throws `KafkaError` for one that is not there.
    public func removeUsers(_ names: [String]) async throws {
        let users = try await listUsers(names)
        try await alterUsers(
            AlterUserScramCredentialsRequest(
                deletions: users.flatMap { user in
                    user.iterations.keys.map { .init(name: user.name, mechanism: $0.number) }
                }))
    }

    /// The users of these names, or all if there are none. Throws `KafkaError` for one that is not there.
    public func listUsers(_ names: [String] = []) async throws -> [ScramUser] {
        let request = DescribeUserScramCredentialsRequest(users: names.isEmpty ? nil : names.map { .init(name: $0) })
        let response = try await sendToController(request, "describe the users") { response in
            [("", response.errorCode, response.errorMessage)]
                + response.results.map { ($0.user, $0.errorCode, $0.errorMessage) }
        }
        return response.results.map { result in
            var iterations: [ScramMechanism: Int] = [:]
            for info in result.credentialInfos {
                guard let mechanism = ScramMechanism.allCases.first(where: { $0.number == info.mechanism }) else {
                    continue
                }
                iterations[mechanism] = Int(info.iterations)
            }
            return ScramUser(name: result.user, iterations: iterations)
        }
    }

    private func alterUsers(_ request: AlterUserScramCredentialsRequest) async throws {
        _ = try await sendToController(request, "change the user") { response in
            response.results.map { ($0.user, $0.errorCode, $0.errorMessage) }
        }
    }
}

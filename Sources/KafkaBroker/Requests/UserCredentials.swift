internal import KafkaNetwork
internal import KafkaProtocol

extension DescribeUserScramCredentialsRequest: BrokerRequest {
    /// Tells mechanisms and iterations (KIP-554), of all users if none are named.
    func answer(
        by broker: Broker, version: Int16, from source: RequestSource
    ) async -> DescribeUserScramCredentialsResponse {
        let all = broker.users.all
        let named = users.map { $0.map { Name($0.name) } } ?? []
        let wanted = named.isEmpty ? all.keys.sorted() : named
        var seen: Set<Name> = []
        var results: [DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult] = []
        for name in wanted where seen.insert(name).inserted {
            if wanted.count(where: { $0 == name }) > 1 {
                results.append(
                    .init(
                        user: name.string, errorCode: KafkaErrorCode.duplicateResource.rawValue,
                        errorMessage: "The user is named more than once."))
            } else if let credentials = all[name] {
                results.append(
                    .init(
                        user: name.string,
                        credentialInfos: credentials.sorted { $0.key.number < $1.key.number }.map {
                            .init(mechanism: $0.key.number, iterations: Int32(clamping: $0.value.iterations))
                        }))
            } else {
                results.append(
                    .init(
                        user: name.string, errorCode: KafkaErrorCode.resourceNotFound.rawValue,
                        errorMessage: "There is no such user."))
            }
        }
        return DescribeUserScramCredentialsResponse(results: results)
    }
}

extension AlterUserScramCredentialsRequest: BrokerRequest {
    /// Sets and removes users' credentials (KIP-554): all of a user's, or none if one of them makes no sense.
    func answer(
        by broker: Broker, version: Int16, from source: RequestSource
    ) async -> AlterUserScramCredentialsResponse {
        var changes: [Name: [UserRegistry.Change]] = [:]
        var errors: [Name: RequestError] = [:]
        var order: [Name] = []
        func note(_ user: Name, _ change: () throws -> UserRegistry.Change) {
            if changes[user] == nil, errors[user] == nil { order.append(user) }
            guard errors[user] == nil else { return }
            do {
                let change = try change()
                guard !changes[user, default: []].contains(where: { $0.mechanism == change.mechanism }) else {
                    throw RequestError(.duplicateResource, "A mechanism of the user is changed twice.")
                }
                changes[user, default: []].append(change)
            } catch {
                changes[user] = nil
                errors[user] = RequestError(error)
            }
        }
        for deletion in deletions { note(Name(deletion.name)) { try removal(deletion, broker) } }
        for upsertion in upsertions { note(Name(upsertion.name)) { try addition(upsertion) } }
        do {
            try broker.users.apply(order.flatMap { changes[$0] ?? [] })
        } catch {
            for user in order where errors[user] == nil { errors[user] = RequestError(error) }
        }
        return AlterUserScramCredentialsResponse(
            results: order.map {
                .init(user: $0.string, errorCode: errors[$0]?.code.rawValue ?? 0, errorMessage: errors[$0]?.message)
            })
    }

    private func mechanism(_ number: Int8, of user: String) throws -> ScramMechanism {
        guard !user.isEmpty else { throw RequestError(.unacceptableCredential, "The user's name is empty.") }
        guard let mechanism = ScramMechanism.allCases.first(where: { $0.number == number }) else {
            throw RequestError(.unsupportedSaslMechanism, "There is no SCRAM mechanism \(number).")
        }
        return mechanism
    }

    private func removal(_ deletion: ScramCredentialDeletion, _ broker: Broker) throws -> UserRegistry.Change {
        let mechanism = try mechanism(deletion.mechanism, of: deletion.name)
        guard broker.users.credentials(of: Name(deletion.name))?[mechanism] != nil else {
            throw RequestError(.resourceNotFound, "The user has no \(mechanism.rawValue) credential.")
        }
        return (Name(deletion.name), mechanism, nil)
    }

    private func addition(_ upsertion: ScramCredentialUpsertion) throws -> UserRegistry.Change {
        let mechanism = try mechanism(upsertion.mechanism, of: upsertion.name)
        let range = ScramMechanism.minimumIterations...ScramMechanism.maximumIterations
        guard range.contains(Int(upsertion.iterations)) else {
            throw RequestError(.unacceptableCredential, "The iterations must be in \(range).")
        }
        guard !upsertion.salt.isEmpty, upsertion.saltedPassword.count == mechanism.size else {
            throw RequestError(.unacceptableCredential, "The salt or the salted password has the wrong length.")
        }
        do {
            let credential = try ScramCredential(
                mechanism, saltedPassword: upsertion.saltedPassword, salt: upsertion.salt.detached(),
                iterations: Int(upsertion.iterations))
            return (Name(upsertion.name), mechanism, credential)
        } catch {
            throw RequestError(.unacceptableCredential, error.message)
        }
    }
}

internal import Foundation
internal import MillraceHTTP
internal import KafkaClient
internal import KafkaNetwork
internal import KafkaProtocol
internal import Synchronization

/// Sends requests to a registry's servers until one answers.
final class RegistryConnection: Sendable {
    private let configuration: SchemaRegistryConfiguration
    private let servers: [RegistryServer]
    private let tls: TLSClientContext?
    private let environment: ClientEnvironment
    /// The server that has answered last.
    private let preferred = Mutex(0)

    /// Throws `.configuration` if an address is none, or if TLS cannot be had.
    init(_ configuration: SchemaRegistryConfiguration, _ environment: ClientEnvironment) throws(SchemaRegistryError) {
        self.configuration = configuration
        self.environment = environment
        var servers: [RegistryServer] = []
        for url in configuration.urls { servers.append(try RegistryServer(url)) }
        guard !servers.isEmpty else { throw SchemaRegistryError(.configuration, "a schema registry needs an address") }
        self.servers = servers
        do {
            tls = try servers.contains { $0.isSecure } ? configuration.tls ?? TLSClientContext() : nil
        } catch {
            throw SchemaRegistryError(.configuration, "https cannot be had", underlying: error)
        }
    }

    /// Sends a request and reads its answer. `what` says what it is for, in errors.
    func ask<Answer: Decodable>(
        _ method: String, _ path: String, _ message: (any Encodable & Sendable)? = nil, to what: String
    ) async throws -> Answer {
        let body = try message.map { try RegistryMessages.bytes($0) }
        let answer = try await send(method, path, body, what)
        do {
            return try RegistryMessages.read(Answer.self, answer)
        } catch {
            throw Self.unreadable(what, error)
        }
    }

    static func unreadable(_ what: String, _ error: (any Error)? = nil) -> SchemaRegistryError {
        SchemaRegistryError(
            .malformed, "cannot \(what): the answer is not a schema registry's; see that the address is one's", underlying: error)
    }

    private func send(_ method: String, _ path: String, _ body: Bytes?, _ what: String) async throws -> Bytes {
        let start = environment.now()
        let deadline = start.saturatingAdd(configuration.timeout.milliseconds)
        var told = start
        var attempt = 1
        while true {
            var failure = "no answer"
            var isFinal = true
            let first = preferred.withLock { $0 }
            for turn in servers.indices {
                let index = (first + turn) % servers.count
                do {
                    let answer = try await exchange(method, path, body, servers[index], before: deadline)
                    if (200...299).contains(answer.status) {
                        preferred.withLock { $0 = index }
                        return answer.body
                    }
                    guard answer.status >= 500 || answer.status == 429 || answer.status == 408 else { throw refusal(answer, what) }
                    failure = "\(servers[index].address): \(refusal(answer, what).message)"
                    isFinal = false
                } catch let error as NetworkError {
                    failure = error.message
                    // Certificates do not become right by waiting.
                    if error.code != .tls { isFinal = false }
                }
            }
            let now = environment.now()
            let pause = configuration.retryPolicy.delay(afterAttempt: attempt, random: environment.random())
            guard !isFinal, now.saturatingAdd(pause) < deadline else { throw unreachable(what, failure, after: now - start) }
            if attempt == 1 || now - told >= 10_000 {
                told = now
                configuration.log(
                    "cannot \(what) yet, tries again for \(max(0, deadline - now) / 1000) s: the schema registry does not answer: \(failure)")
            }
            attempt += 1
            try await environment.sleep(pause)
        }
    }

    private func exchange(
        _ method: String, _ path: String, _ body: Bytes?, _ server: RegistryServer, before deadline: Int64
    ) async throws -> HTTPClient.Answer {
        var client = HTTPClient(tls: server.isSecure ? tls : nil)
        let left = max(1, deadline.saturatingSubtract(environment.now()))
        client.timeout = min(configuration.requestTimeout, .milliseconds(left))
        var headers = [HTTPField("Accept", RegistryMessages.type)]
        if body != nil { headers.append(HTTPField("Content-Type", RegistryMessages.type)) }
        switch configuration.credentials {
        case .basic(let user, let password):
            let text = Data("\(user):\(password.revealed)".utf8).base64EncodedString()
            headers.append(HTTPField("Authorization", "Basic \(text)"))
        case .bearer(let token): headers.append(HTTPField("Authorization", "Bearer \(token.revealed)"))
        case nil: break
        }
        return try await client.send(method, server.path + path, to: server.address, headers: headers, body: body)
    }

    private func unreachable(_ what: String, _ failure: String, after milliseconds: Int64) -> SchemaRegistryError {
        let addresses = configuration.urls.joined(separator: ", ")
        return SchemaRegistryError(
            .unreachable,
            "cannot \(what): the schema registry at \(addresses) has not answered in \(milliseconds) ms: \(failure); see that it runs and "
                + "that the address is right")
    }

    private func refusal(_ answer: HTTPClient.Answer, _ what: String) -> SchemaRegistryError {
        let message = try? RegistryMessages.read(RefusalMessage.self, answer.body)
        let reason = message?.message ?? "status \(answer.status)"
        let (code, hint): (SchemaRegistryError.Code, String) =
            switch answer.status {
            case 401, 403: (.refused, "; see the configuration's credentials")
            case 404: message == nil ? (.malformed, "; see that the address is a schema registry's") : (.notFound, "")
            case 409: (.incompatible, "; change the schema so that both can be read, or the subject's compatibility")
            default: (.refused, "")
            }
        return SchemaRegistryError(
            code, "cannot \(what): the schema registry says: \(reason)\(hint)", errorCode: message?.errorCode ?? answer.status)
    }
}

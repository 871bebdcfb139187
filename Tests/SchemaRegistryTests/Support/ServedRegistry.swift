import Foundation
import MillraceHTTP
import KafkaNetwork
import KafkaProtocol
import Synchronization

@testable import SchemaRegistry

/// A log in memory: what is appended is applied at once.
final class MemoryLog: RegistryLog {
    let store = Mutex<RegistryStore?>(nil)
    let refusal = Mutex<RegistryRefusal?>(nil)

    func catchUp() async throws {}

    func append(_ records: [RegistryRecord]) async throws {
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        for record in records {
            let (key, value) = try record.encoded()
            store.withLock { $0 }?.apply(try RegistryRecord(key: key, value: value))
        }
    }
}

/// A registry in memory with its routes behind a port.
struct ServedRegistry: Sendable {
    let log: MemoryLog
    let server: HTTPServer

    /// Runs a registry during `body`.
    static func running(token: Secret? = nil, _ body: @escaping @Sendable (ServedRegistry) async throws -> Void) async throws {
        let log = MemoryLog()
        let store = RegistryStore(log: log)
        log.store.withLock { $0 = store }
        var configuration = HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0), token: token)
        configuration.limits.patience = .seconds(300)
        configuration.refusal = RegistryMessages.refusal
        let server = try HTTPServer(RegistryRoutes(store: store).router, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await store.run() }
            group.addTask { await server.run() }
            defer {
                group.cancelAll()
                server.stop()
            }
            try await body(ServedRegistry(log: log, server: server))
        }
    }

    /// Sends a request. The answer is its status and its JSON.
    func ask(_ method: String, _ target: String, _ body: String? = nil, headers: [HTTPField] = []) async throws -> (status: Int, text: String) {
        let client = HTTPClient(timeout: .seconds(300))
        let answer = try await client.send(
            method, target, to: server.address,
            headers: headers + [HTTPField("Content-Type", "application/vnd.schemaregistry.v1+json")], body: body.map { Bytes(utf8: $0) })
        return (answer.status, answer.body.string)
    }

    /// The code of an error.
    func code(_ method: String, _ target: String, _ body: String? = nil) async throws -> Int? {
        let answer = try await ask(method, target, body)
        let json = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
        return json?["error_code"] as? Int
    }
}

/// The body of a request with a schema.
func schemaBody(_ text: String, type: String? = nil, more: [String: Any] = [:]) throws -> String {
    var body = more
    body["schema"] = text
    body["schemaType"] = type
    return String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
}

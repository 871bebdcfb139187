import KafkaProtocol
import Synchronization
import MillraceTestSupport

/// A transport that hands answers on and keeps the first one of each API, or puts one in the place of others.
final class HostileTransport: KafkaTransport {
    /// An answer as bytes.
    struct Answer: Sendable {
        let api: APIKey
        let version: Int16
        var bytes: Bytes
    }

    private let transport: any KafkaTransport
    private let replacement: Answer?
    private let repeats: Bool
    private let state = Mutex((seen: [Answer](), count: 0))

    /// With a `replacement` the first answer of its API, or all of them, are this one.
    init(to transport: any KafkaTransport, replacement: Answer? = nil, repeats: Bool = false) {
        self.transport = transport
        self.replacement = replacement
        self.repeats = repeats
    }

    /// The first answer of each API.
    var seen: [Answer] { state.withLock { $0.seen } }
    /// How often an answer was put in the place of another.
    var replaced: Int { state.withLock { $0.count } }

    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        let response = try await transport.send(request, to: node)
        if let replacement, replacement.api == R.apiKey {
            let isHostile = state.withLock { state in
                defer { if repeats || state.count == 0 { state.count += 1 } }
                return repeats || state.count == 0
            }
            guard isHostile else { return response }
            var reader = ByteReader(replacement.bytes)
            return try R.Response(from: &reader, version: replacement.version)
        }
        if !state.withLock({ $0.seen.contains { $0.api == R.apiKey } }) {
            // The latest version that has all the fields in use.
            for version in R.versions.reversed() {
                guard let bytes = try? Self.encoded(response, version) else { continue }
                state.withLock { $0.seen.append(Answer(api: R.apiKey, version: version, bytes: bytes)) }
                break
            }
        }
        return response
    }

    func close() async {}

    private static func encoded(_ response: some KafkaResponse, _ version: Int16) throws -> Bytes {
        var writer = ByteWriter()
        try response.encode(into: &writer, version: version)
        return writer.finish()
    }
}

extension HostileTransport.Answer {
    /// The answer with each of its numbers at each of its boundary values, as far as it can be read then. Of lists the first
    /// element stands for all.
    func variants() throws -> [(name: String, answer: Self)] {
        func decode(_ bytes: Bytes) throws -> any KafkaResponse {
            var reader = ByteReader(bytes)
            return try KafkaMessages.decodeResponse(api, version: version, from: &reader)
        }
        let numbers = try EncodedMessage(bytes, decode: decode).numbers.filter { !$0.name.contains(/\[[1-9]/) }
        return numbers.flatMap { $0.variants(of: bytes) }.compactMap { name, bytes in
            guard (try? decode(bytes)) != nil else { return nil }
            var answer = self
            answer.bytes = bytes
            return ("\(api) \(name)", answer)
        }
    }
}

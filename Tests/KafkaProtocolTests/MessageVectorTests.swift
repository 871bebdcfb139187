import KafkaProtocol
import Testing

@Suite struct MessageVectorTests {
    private static let later: [APIKey: Set<Int16>] = [.produce: [12], .txnOffsetCommit: [5]]

    @Test(arguments: Vector.messageFiles)
    func `every message decodes to the recorded fields and encodes to the recorded bytes`(file: String) throws {
        for vector in try Vector.load(file) {
            let message = try MessageVector(vector)
            let decoded = try message.decode(message.bytes)
            #expect(differences(decoded, try vector.object("body")) == [], "\(vector.place)")
            #expect(try message.encode(decoded).hex == message.bytes.hex, "\(vector.place)")
            #expect(message.type.isFlexible(message.version) == (vector["flexible"] as? Bool), "\(vector.place)")
            #expect(message.headerVersion == Int16(try vector.int("headerVersion")), "\(vector.place)")
        }
    }

    @Test(arguments: Vector.messageFiles)
    func `the vectors cover every version`(file: String) throws {
        var seen: [APIKey: Set<Int16>] = [:]
        for vector in try Vector.load(file) {
            let message = try MessageVector(vector)
            #expect(message.type.apiKey.name == (try vector.string("api")))
            seen[message.type.apiKey, default: []].insert(message.version)
        }
        for (key, versions) in seen {
            let type = try #require(KafkaMessages.requestType(of: key))
            // Those after Kafka 3.9 have the fields of the version before, and another meaning.
            #expect(versions.union(Self.later[key] ?? []) == Set(type.versions))
        }
    }

    @Test(arguments: Vector.messageFiles)
    func `every prefix of a message throws`(file: String) throws {
        for vector in try Vector.load(file) {
            let message = try MessageVector(vector)
            // All prefixes of a short message, and about a hundred of a long one.
            let step = max(1, message.bytes.count / 100)
            for length in stride(from: 0, to: message.bytes.count, by: step) {
                #expect(throws: KafkaProtocolError.self, "\(vector.place), \(length) bytes") {
                    _ = try message.decode(message.bytes[0..<length])
                }
            }
        }
    }

    @Test(arguments: Vector.messageFiles)
    func `damaged messages throw or decode but never trap`(file: String) throws {
        var random = SeededRandom(seed: 17)
        for vector in try Vector.load(file) {
            let message = try MessageVector(vector)
            guard message.bytes.count > 0 else { continue }
            for _ in 0..<20 {
                let damaged = random.damage(message.bytes)
                if let decoded = try? message.decode(damaged) { _ = try? message.encode(decoded) }
            }
        }
    }

    @Test(arguments: [-1, Int16.max, 100])
    func `a version that is not known is turned down`(version: Int16) throws {
        for type in KafkaMessages.requestTypes {
            var reader = ByteReader(Bytes(Array(repeating: 0, count: 64)))
            let error = #expect(throws: KafkaProtocolError.self) {
                _ = try KafkaMessages.decodeRequest(type.apiKey, version: version, from: &reader)
            }
            #expect(error?.code == .unsupportedVersion)
        }
    }
}

/// How to decode and encode the message of a vector.
struct MessageVector {
    let type: any KafkaRequest.Type
    let version: Int16
    let isRequest: Bool
    let bytes: Bytes

    init(_ vector: Vector) throws {
        let key = APIKey(rawValue: Int16(try vector.int("apiKey")))
        type = try #require(KafkaMessages.requestType(of: key))
        version = Int16(try vector.int("version"))
        isRequest = try vector.string("kind") == "request"
        bytes = try vector.bytes()
    }

    var headerVersion: Int16 {
        isRequest ? type.requestHeaderVersion(of: version) : type.responseHeaderVersion(of: version)
    }

    func decode(_ bytes: Bytes) throws -> any Sendable {
        var reader = ByteReader(bytes)
        let message = try decode(from: &reader)
        guard reader.remaining == 0 else { throw KafkaProtocolError(.malformed, "\(reader.remaining) bytes are left") }
        return message
    }

    func decode(from reader: inout ByteReader) throws -> any Sendable {
        isRequest
            ? try KafkaMessages.decodeRequest(type.apiKey, version: version, from: &reader)
            : try KafkaMessages.decodeResponse(type.apiKey, version: version, from: &reader)
    }

    func encode(_ message: any Sendable) throws -> Bytes {
        var writer = ByteWriter()
        if let request = message as? any KafkaRequest { try request.encode(into: &writer, version: version) }
        if let response = message as? any KafkaResponse { try response.encode(into: &writer, version: version) }
        return writer.finish()
    }
}

internal import MillraceHTTP
internal import MillraceJSON
internal import KafkaProtocol

/// A schema in requests and answers: what it says differs from one to the other.
struct SchemaMessage: Codable {
    var subject: String?
    var id: Int32?
    var version: Int32?
    var maxId: Int32?
    var schemaType: String?
    var references: [SchemaReference]?
    var schema: String?
    /// What Confluent's registry has besides, and this one has not.
    var metadata: AnyMessage?
    var ruleSet: AnyMessage?
    var ruleSetToAdd: AnyMessage?

    init() {}

    /// A schema in a request.
    init(_ schema: Schema) {
        self.schema = schema.text
        schemaType = schema.type == .avro ? nil : schema.type.rawValue
        references = schema.references.isEmpty ? nil : schema.references
    }

    /// A version in an answer.
    init(_ registered: RegisteredSchema) {
        self.init(registered.schema)
        subject = registered.subject
        version = registered.version
        id = registered.id
    }
}

/// Any value, of which it counts only that it is there.
struct AnyMessage: Codable {
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {}
}

/// A level in requests and in answers to them.
struct CompatibilityMessage: Codable { var compatibility: String? }

/// A level in other answers.
struct CompatibilityLevelMessage: Codable { var compatibilityLevel: String? }

/// A mode.
struct ModeMessage: Codable { var mode: String? }

/// Whether a schema is compatible, and why not.
struct VerdictMessage: Codable {
    // The name in the message has an underscore.
    private enum CodingKeys: String, CodingKey {
        case isCompatible = "is_compatible"
        case messages
    }

    var isCompatible: Bool
    var messages: [String]?
}

/// A place of a schema.
struct SubjectVersionMessage: Codable {
    var subject: String
    var version: Int32
}

/// What went wrong.
struct RefusalMessage: Codable {
    private enum CodingKeys: String, CodingKey {
        case errorCode = "error_code"
        case message
    }

    var errorCode: Int
    var message: String
}

/// Messages as bytes, and as answers.
enum RegistryMessages {
    /// The type of all answers.
    static let type = "application/vnd.schemaregistry.v1+json"

    static func bytes(_ message: some Encodable) throws -> Bytes { try JSONCoder.encode(message) { Bytes(copying: $0) } }

    static func read<T: Decodable>(_ type: T.Type = T.self, _ bytes: Bytes) throws -> T {
        try bytes.withUnsafeBytes { bytes throws(any Error) in try JSONCoder.decode(type, from: bytes) }
    }

    static func answer(_ message: some Encodable, status: Int = 200) throws -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPField("Content-Type", type)], content: .bytes(try bytes(message)))
    }

    /// A refused request's answer: with the registry's code if it has one, else with the status.
    @Sendable static func refusal(_ fault: HTTPFault) -> HTTPResponse {
        let message = RefusalMessage(errorCode: fault.code.flatMap { Int($0) } ?? fault.status, message: fault.reason)
        var response = (try? answer(message, status: fault.status)) ?? HTTPResponse(status: fault.status)
        response.headers += fault.headers
        return response
    }
}

internal import KafkaProtocol

/// The rules for names of topics.
enum TopicName {
    /// Group offsets are kept here.
    static let consumerOffsets = "__consumer_offsets"
    /// Transactions are kept here.
    static let transactionState = "__transaction_state"

    /// Whether clients may only read the topic.
    static func isInternal(_ name: String) -> Bool { name == consumerOffsets || name == transactionState }

    /// Throws `RequestError` with `INVALID_TOPIC_EXCEPTION` for a name that no topic can have.
    static func validate(_ name: String) throws {
        func refuse(_ why: String) -> RequestError {
            RequestError(.invalidTopicException, "Topic name is invalid: \(why)")
        }
        guard !name.isEmpty else { throw refuse("it is empty") }
        guard name != ".", name != ".." else { throw refuse("it cannot be \".\" or \"..\"") }
        guard name.utf8.count <= 249 else { throw refuse("it is longer than 249 characters: \(name.prefix(64))...") }
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isLegal else {
            throw refuse("\"\(name)\" contains a character other than ASCII letters, digits, \".\", \"_\" and \"-\"")
        }
    }

    /// Names that differ in dots and underscores only would share the names of their metrics; Kafka refuses the second.
    static func collisionKey(_ name: String) -> String { name.replacing(".", with: "_") }
}

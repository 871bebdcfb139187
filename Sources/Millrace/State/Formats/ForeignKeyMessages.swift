public import KafkaProtocol

/// What a left row of a foreign-key join tells the right key that it refers to, and what is kept there: Kafka Streams'
/// `SubscriptionWrapper`, version 1.
@usableFromInline
struct Subscription<Key: Sendable>: Sendable {
    /// What is to be done with it.
    @usableFromInline
    enum Instruction: UInt8, Sendable {
        /// The row does not refer to the key any more; say nothing.
        case leave = 0
        /// The row does not refer to the key any more; answer that there is nothing.
        case leaveAndAnswer = 1
        /// The row refers to the key; answer with what it has, or that it has nothing.
        case joinAndAnswer = 2
        /// The row refers to the key; answer if it has something.
        case join = 3
    }

    @usableFromInline let instruction: Instruction
    @usableFromInline let key: Key
    /// A hash of what the row is; nil for a deleted one.
    @usableFromInline let hash: RowHash?
    /// The row's partition, to which answers go.
    @usableFromInline let partition: Int32

    @usableFromInline init(instruction: Instruction, key: Key, hash: RowHash?, partition: Int32) {
        self.instruction = instruction
        self.key = key
        self.hash = hash
        self.partition = partition
    }

    /// A byte for the version, with the highest bit set if there is no hash; the instruction; the hash; the key's bytes; the
    /// partition.
    @usableFromInline
    static func serde(_ inner: Serde<Key>) -> Serde<Subscription> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde(
            encode: { subscription, writer in
                writer.write(version: 1, subscription.hash) { $0.write(subscription.instruction.rawValue) }
                try encode(subscription.key, &writer)
                writer.write(subscription.partition)
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                let first = try reader.read(UInt8.self)
                switch first & 0x7f {
                case 0: throw OlderLayouts.refusal("a subscription of a foreign-key join")
                case 1: break
                case let version: throw SerdeError("a subscription of the unknown version \(version)")
                }
                let number = try reader.read(UInt8.self)
                guard let instruction = Instruction(rawValue: number) else {
                    throw SerdeError("a subscription with the unknown instruction \(number)")
                }
                let hash = try reader.readHash(isMissing: first & 0x80 != 0)
                let key = try decode(try reader.readSlice(reader.remaining - 4))
                return Subscription(
                    instruction: instruction, key: key, hash: hash, partition: try reader.read(Int32.self))
            })
    }
}

/// What the right side of a foreign-key join answers to a left row: the right row, and which left row was asked about. Kafka
/// Streams' `SubscriptionResponseWrapper`.
@usableFromInline
struct SubscriptionAnswer<Value: Sendable>: Sendable {
    @usableFromInline let hash: RowHash?
    @usableFromInline let value: Value?
    /// The partition that the answer goes to; it is not written.
    @usableFromInline let partition: Int32

    @usableFromInline init(hash: RowHash?, value: Value?, partition: Int32) {
        self.hash = hash
        self.value = value
        self.partition = partition
    }

    /// A right row of no bytes cannot be told from none by an answer's bytes; this header says that it is there. (In Kafka
    /// Streams it counts as none.)
    @usableFromInline static var emptyValue: RecordHeader { RecordHeader(key: "__millrace.empty-value", value: nil) }

    /// A byte for the version, with the highest bit set if there is no hash; the hash; the value's bytes, if there is one.
    @usableFromInline
    static func serde(_ inner: Serde<Value>) -> Serde<SubscriptionAnswer> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde(
            encode: { answer, writer in
                writer.write(version: 0, answer.hash) { _ in }
                if let value = answer.value { try encode(value, &writer) }
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                let first = try reader.read(UInt8.self)
                guard first & 0x7f == 0 else { throw SerdeError("an answer of the unknown version \(first & 0x7f)") }
                let hash = try reader.readHash(isMissing: first & 0x80 != 0)
                let rest = try reader.readSlice(reader.remaining)
                return SubscriptionAnswer(hash: hash, value: rest.isEmpty ? nil : try decode(rest), partition: -1)
            })
    }
}

extension ByteWriter {
    /// Writes a version, whether there is a hash, what `body` writes, and the hash.
    fileprivate mutating func write(version: UInt8, _ hash: RowHash?, _ body: (inout ByteWriter) -> Void) {
        write(hash == nil ? version | 0x80 : version)
        body(&self)
        guard let hash else { return }
        write(hash.high)
        write(hash.low)
    }
}

extension ByteReader {
    fileprivate mutating func readHash(isMissing: Bool) throws -> RowHash? {
        isMissing ? nil : RowHash(high: try read(UInt64.self), low: try read(UInt64.self))
    }
}

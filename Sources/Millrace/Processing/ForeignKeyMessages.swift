import KafkaProtocol

/// What a left row of a foreign-key join tells the right key that it refers to.
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
    @usableFromInline let subscriber: Subscriber

    @usableFromInline init(instruction: Instruction, key: Key, subscriber: Subscriber) {
        self.instruction = instruction
        self.key = key
        self.subscriber = subscriber
    }

    @usableFromInline
    static func serde(_ inner: Serde<Key>) -> Serde<Subscription> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde(
            encode: { subscription, writer in
                writer.write(0 as UInt8)
                writer.write(subscription.instruction.rawValue)
                subscription.subscriber.write(to: &writer)
                try encode(subscription.key, &writer)
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                let version = try reader.read(UInt8.self)
                guard version == 0, let instruction = Instruction(rawValue: try reader.read(UInt8.self)) else {
                    throw SerdeError("a subscription of an unknown version or kind")
                }
                let subscriber = try Subscriber(&reader)
                return Subscription(
                    instruction: instruction, key: try decode(try reader.readSlice(reader.remaining)),
                    subscriber: subscriber)
            })
    }
}

/// What the right side of a foreign-key join answers to a left row: the right row, and which left row was asked about.
@usableFromInline
struct SubscriptionAnswer<Value: Sendable>: Sendable {
    @usableFromInline let subscriber: Subscriber
    @usableFromInline let value: Value?

    @usableFromInline init(subscriber: Subscriber, value: Value?) {
        self.subscriber = subscriber
        self.value = value
    }

    @usableFromInline
    static func serde(_ inner: Serde<Value>) -> Serde<SubscriptionAnswer> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde(
            encode: { answer, writer in
                writer.write(0 as UInt8)
                answer.subscriber.write(to: &writer)
                writer.write((answer.value == nil ? 0 : 1) as UInt8)
                if let value = answer.value { try encode(value, &writer) }
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                guard try reader.read(UInt8.self) == 0 else { throw SerdeError("an answer of an unknown version") }
                let subscriber = try Subscriber(&reader)
                let hasValue = try reader.read(UInt8.self) != 0
                let rest = try reader.readSlice(reader.remaining)
                return SubscriptionAnswer(subscriber: subscriber, value: hasValue ? try decode(rest) : nil)
            })
    }
}

import KafkaProtocol

extension Serde {
    /// Keys of tumbling, hopping, sliding and unlimited windows as Kafka writes them to topics: the key's bytes, then
    /// the window's start, 8 bytes. The end is not written; it is the start plus `size`, a time in milliseconds.
    ///
    /// All windows of a key go to the same partition: its hash is of the key's bytes alone, as with Kafka Streams'
    /// `WindowedStreamPartitioner`. So it is with sessions.
    public static func timeWindowed<Key>(_ inner: Serde<Key>, size: Int64) -> Serde<Windowed<Key>>
    where Value == Windowed<Key> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde<Windowed<Key>>(
            encode: { key, writer in
                try encode(key.key, &writer)
                writer.write(key.window.start)
            },
            decode: { bytes in
                guard bytes.count >= 8 else { throw SerdeError("a windowed key of \(bytes.count) bytes") }
                let split = bytes.count - 8
                let start = try bytes[split..<bytes.count].reading { try $0.read(Int64.self) }
                return Windowed(
                    try decode(bytes[0..<split]), Window(start: start, end: start.saturatingAdd(size)))
            },
            detach: detachingKey(inner), windowBytes: 8
        )
    }

    /// The same with the size as a duration, of which whole milliseconds count.
    public static func timeWindowed<Key>(_ inner: Serde<Key>, size: Duration) -> Serde<Windowed<Key>>
    where Value == Windowed<Key> { timeWindowed(inner, size: size.milliseconds) }

    /// Keys of session windows as Kafka writes them to topics and changelogs: the key's bytes, then the session's
    /// end and its start, 8 bytes each.
    public static func sessionWindowed<Key>(_ inner: Serde<Key>) -> Serde<Windowed<Key>>
    where Value == Windowed<Key> {
        let (encode, decode) = (inner.encode, inner.decode)
        return Serde<Windowed<Key>>(
            encode: { key, writer in
                try encode(key.key, &writer)
                writer.write(key.window.end)
                writer.write(key.window.start)
            },
            decode: { bytes in
                guard bytes.count >= 16 else { throw SerdeError("a session key of \(bytes.count) bytes") }
                let split = bytes.count - 16
                let (end, start) = try bytes[split..<bytes.count].reading {
                    (try $0.read(Int64.self), try $0.read(Int64.self))
                }
                return Windowed(try decode(bytes[0..<split]), Window(start: start, end: end))
            },
            detach: detachingKey(inner), windowBytes: 16
        )
    }
}

/// What makes a windowed key fit to be kept.
private func detachingKey<Key>(_ inner: Serde<Key>) -> (@Sendable (Windowed<Key>) -> Windowed<Key>)? {
    guard let detach = inner.detach else { return nil }
    return { Windowed(detach($0.key), $0.window) }
}

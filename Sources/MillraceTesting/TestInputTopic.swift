public import KafkaProtocol
public import Millrace

/// Sends typed records into a source topic of a topology under test: Kafka Streams' `TestInputTopic`.
///
/// Records that are piped without a timestamp get the topic's own clock, which begins where `inputTopic` was told and
/// moves on by `autoAdvance` after each such record, and by `advanceTime(by:)`.
///
/// All `pipe` methods process the record to the end before they return, and throw what the serdes and processing throw.
public final class TestInputTopic<Key, Value> {
    /// The topic's name.
    public let name: String
    /// The time of the next record that is piped without one, in milliseconds since the epoch.
    public private(set) var time: Int64
    private let autoAdvance: Duration
    private let driver: TopologyTestDriver
    private let keySerde: Serde<Key>
    private let valueSerde: Serde<Value>

    init(
        _ name: String, _ driver: TopologyTestDriver, key: Serde<Key>, value: Serde<Value>, startTimestamp: Int64,
        autoAdvance: Duration
    ) {
        self.name = name
        self.driver = driver
        keySerde = key
        valueSerde = value
        time = startTimestamp
        self.autoAdvance = autoAdvance
    }

    /// Sends one record; a nil value is a deletion in a table. Without a timestamp (milliseconds since the epoch) it
    /// gets the topic's time.
    public func pipe(_ key: Key?, _ value: Value?, timestamp: Int64? = nil, headers: [RecordHeader] = []) throws {
        try driver.pipe(
            name, key: key.map { try keySerde.bytes(of: $0) }, value: value.map { try valueSerde.bytes(of: $0) },
            timestamp: timestamp ?? takeTime(), headers: headers)
    }

    /// Sends one record.
    public func pipe(_ record: TestRecord<Key, Value>) throws {
        try pipe(record.key, record.value, timestamp: record.timestamp, headers: record.headers)
    }

    /// Sends records, one after the other.
    public func pipe(_ records: [TestRecord<Key, Value>]) throws {
        for record in records { try pipe(record) }
    }

    /// Sends keys and values, each at the topic's time: `pipe(["a": 1, "b": 2])`.
    public func pipe(_ pairs: KeyValuePairs<Key, Value>) throws {
        for (key, value) in pairs { try pipe(key, value) }
    }

    /// Sends values without keys, each at the topic's time.
    public func pipe(values: [Value]) throws {
        for value in values { try pipe(nil, value) }
    }

    /// Moves the topic's time on; a negative duration moves it back.
    public func advanceTime(by duration: Duration) {
        time = time.saturatingAdd(duration.milliseconds)
    }

    private func takeTime() -> Int64 {
        defer { advanceTime(by: autoAdvance) }
        return time
    }
}

extension TopologyTestDriver {
    /// A typed way to send records into a source topic. Serdes that are not named are the types' own.
    ///
    /// - Parameters:
    ///   - topic: A topic that the topology reads.
    ///   - key: Writes keys.
    ///   - value: Writes values.
    ///   - startTimestamp: The time of the first record that is piped without one, in milliseconds since the epoch; the
    ///     driver's wall clock if nil.
    ///   - autoAdvance: How much later each of these records is than the one before.
    ///
    /// Throws a `StreamsError` with the code `missingTopic` if no source of the topology reads the topic, and with the
    /// code `configuration` if a type has no serde of its own.
    public func inputTopic<Key, Value>(
        _ topic: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil, startTimestamp: Int64? = nil,
        autoAdvance: Duration = .zero
    ) throws -> TestInputTopic<Key, Value> {
        try checkInput(topic)
        return TestInputTopic(
            topic, self, key: try Self.serde(key, "keys", topic), value: try Self.serde(value, "values", topic),
            startTimestamp: startTimestamp ?? wallClock, autoAdvance: autoAdvance)
    }

    /// The serde named, or the type's own.
    static func serde<Value>(_ named: Serde<Value>?, _ what: String, _ topic: String) throws -> Serde<Value> {
        if let found = named ?? Serde<Value>.standard() { return found }
        throw StreamsError(
            .configuration, "name a serde for the \(what) of the topic \(topic): \(Value.self) has none of its own")
    }
}

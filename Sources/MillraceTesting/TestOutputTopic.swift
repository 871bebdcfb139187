import KafkaProtocol
public import Millrace

/// Reads what a topology under test has written to a topic, in order and each record once: Kafka Streams'
/// `TestOutputTopic`. Several of them (and `TopologyTestDriver.read`) share what is left to read of a topic.
///
/// Windowed keys are read with the windowed serdes: `driver.outputTopic("views", key: .timeWindowed(.string, size:
/// 60_000), value: .int64)`.
///
/// Reading throws a `StreamsError` with the code `undecodableRecord` that names the topic and the record's number,
/// counted from 0, if a key or a value is not what its serde expects. That record counts as read.
public struct TestOutputTopic<Key, Value> {
    /// The topic's name.
    public let name: String
    let driver: TopologyTestDriver
    let keySerde: Serde<Key>
    let valueSerde: Serde<Value>

    /// How many records there are to read.
    public var count: Int { driver.logs.unread(name) }

    /// Whether there is nothing to read.
    public var isEmpty: Bool { count == 0 }

    /// The next record; nil if there is none.
    public func read() throws -> TestRecord<Key, Value>? { try readNumbered()?.record }

    /// All records that are left.
    public func readAll() throws -> [TestRecord<Key, Value>] {
        var records: [TestRecord<Key, Value>] = []
        while let record = try read() { records.append(record) }
        return records
    }

    /// The keys and values of all records that are left.
    public func readKeyValues() throws -> [KeyValue<Key, Value>] { try readAll().map(\.keyValue) }

    /// The values of all records that are left.
    public func readValues() throws -> [Value?] { try readAll().map(\.value) }

    /// The table that the records amount to that are left: the last value of each key, without those that are deleted
    /// by a record without a value. Throws if a record has no key, and if two keys that Swift holds for equal have different
    /// bytes (texts that differ in Unicode normalisation only, 0.0 and -0.0), which are different rows everywhere else.
    public func readLatestByKey() throws -> [Key: Value] where Key: Hashable {
        var latest: [Key: Value] = [:]
        var written: [Key: Bytes] = [:]
        while let (number, record) = try readNumbered() {
            guard let key = record.key else {
                throw StreamsError(.undecodableRecord, "the record \(number) of the topic \(name) has no key")
            }
            let bytes = try keySerde.bytes(of: key)
            guard written.updateValue(bytes, forKey: key).map({ $0 == bytes }) ?? true else {
                throw StreamsError(
                    .undecodableRecord,
                    "the key \(key) of the record \(number) of the topic \(name) is equal to another one in Swift but not in "
                        + "bytes, so that a dictionary cannot have both: use readKeyValues")
            }
            latest[key] = record.value
        }
        return latest
    }

    private func readNumbered() throws -> (number: Int, record: TestRecord<Key, Value>)? {
        guard let (number, raw) = driver.logs.readNext(name) else { return nil }
        func decode<Part>(_ what: String, _ body: () throws -> Part) throws -> Part {
            do { return try body() } catch {
                throw StreamsError(
                    .undecodableRecord, "cannot read the \(what) of the record \(number) of the topic \(name)",
                    underlying: error)
            }
        }
        let key = try decode("key") { try raw.key.map { try keySerde.decode($0) } }
        let value = try decode("value") { try raw.value.map { try valueSerde.decode($0) } }
        return (number, TestRecord(key, value, timestamp: raw.timestamp, headers: raw.headers))
    }
}

extension TopologyTestDriver {
    /// A typed way to read a topic that the topology writes, internal ones included: `APPLICATION-STORE-changelog`.
    /// Serdes that are not named are the types' own.
    ///
    /// Throws a `StreamsError` with the code `missingTopic` if no step of the topology writes the topic, and with the
    /// code `configuration` if a type has no serde of its own.
    public func outputTopic<Key, Value>(
        _ topic: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) throws -> TestOutputTopic<Key, Value> {
        try checkOutput(topic)
        return TestOutputTopic(
            name: topic, driver: self, keySerde: try Self.serde(key, "keys", topic),
            valueSerde: try Self.serde(value, "values", topic))
    }
}

import KafkaProtocol
import Millrace
import MillraceTesting

extension TopologyTestDriver {
    /// Sends a record of texts.
    func pipe(
        _ topic: String, _ key: String?, _ value: String?, at timestamp: Int64, headers: [RecordHeader] = []
    ) throws {
        try pipe(
            topic, key: key.map { Bytes(utf8: $0) }, value: value.map { Bytes(utf8: $0) }, timestamp: timestamp,
            headers: headers)
    }

    /// Takes the records of an output topic out, as `key=value@timestamp`.
    func texts<Key, Value>(_ topic: String, _ key: Serde<Key>, _ value: Serde<Value>) throws -> [String] {
        try read(topic).map { record in
            let key = try record.key.map { "\(try key.decode($0))" } ?? "null"
            let value = try record.value.map { "\(try value.decode($0))" } ?? "null"
            return "\(key)=\(value)@\(record.timestamp)"
        }
    }
}

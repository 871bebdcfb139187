import KafkaProtocol
import Millrace

/// Somebody who sells or bids: the kind, number and time, then name, e-mail address, credit card, city, state, each with
/// its length, and further text.
struct Person: FlatRecord {
    let bytes: Bytes
    let id: Int64
    /// Milliseconds since the epoch, the record's timestamp too.
    let time: Int64
    let name: Bytes
    let city: Bytes
    let state: Bytes

    init(_ bytes: Bytes) throws {
        self.bytes = bytes
        var reader = ByteReader(bytes)
        guard try reader.read() == NexmarkEvent.Kind.person.rawValue else { throw SerdeError("no person") }
        id = try reader.read()
        time = try reader.read()
        name = try reader.readText()
        _ = try (reader.readText(), reader.readText())
        city = try reader.readText()
        state = try reader.readText()
    }
}

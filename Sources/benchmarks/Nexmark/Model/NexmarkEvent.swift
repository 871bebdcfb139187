import KafkaProtocol
import Millrace

/// What the topic holds: persons, auctions and bids, one after the other.
struct NexmarkEvent: FlatRecord {
    /// The first byte.
    enum Kind: UInt8 {
        case person, auction, bid
    }

    let bytes: Bytes
    let kind: Kind

    init(_ bytes: Bytes) throws {
        guard bytes.count > 0, let kind = Kind(rawValue: bytes[0]) else { throw SerdeError("no event of an auction") }
        self.bytes = bytes
        self.kind = kind
    }

    /// What it is, nil if it is something else. Throws if the bytes are too few.
    var person: Person? { get throws { kind == .person ? try Person(bytes) : nil } }
    var auction: Auction? { get throws { kind == .auction ? try Auction(bytes) : nil } }
    var bid: Bid? { get throws { kind == .bid ? try Bid(bytes) : nil } }
}

extension StreamsBuilder {
    /// The events of `topic`.
    func events(_ topic: String) -> KStream<Bytes, NexmarkEvent> { stream(topic) }
    /// The persons among them.
    func persons(_ topic: String) -> NonNullKStream<Bytes, Person> { events(topic).compactMapValues { try $0.person } }
    /// The auctions among them.
    func auctions(_ topic: String) -> NonNullKStream<Bytes, Auction> { events(topic).compactMapValues { try $0.auction } }
    /// The bids among them.
    func bids(_ topic: String) -> NonNullKStream<Bytes, Bid> { events(topic).compactMapValues { try $0.bid } }
}

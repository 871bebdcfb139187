import KafkaProtocol
import Millrace

/// A bid for an auction: the kind, four numbers, and text that only makes it longer.
struct Bid: FlatRecord, Equatable {
    /// How many bytes come before the text.
    static let size = 33
    /// Where the price is.
    static let pricePlace = 17

    let bytes: Bytes

    init(_ bytes: Bytes) throws {
        guard bytes.count >= Self.size, bytes[0] == NexmarkEvent.Kind.bid.rawValue else {
            throw SerdeError("no bid: \(bytes.count) bytes")
        }
        self.init(checked: bytes)
    }

    private init(checked bytes: Bytes) { self.bytes = bytes }

    /// The auction's number.
    var auction: Int64 { bytes.number(at: 1) }
    /// The number of the person who bids.
    var bidder: Int64 { bytes.number(at: 9) }
    /// In cents.
    var price: Int64 { bytes.number(at: Self.pricePlace) }
    /// Milliseconds since the epoch, the record's timestamp too.
    var time: Int64 { bytes.number(at: 25) }

    /// Without the text.
    var bare: Bid { Bid(checked: bytes[0..<Self.size]) }

    /// Whether it wins over another bid for the same auction: by price, then by time, then by bidder.
    func wins(over other: Bid) -> Bool { (price, other.time, other.bidder) > (other.price, time, bidder) }
}

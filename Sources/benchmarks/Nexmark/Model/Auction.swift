import KafkaProtocol
import Millrace

/// An item under auction: the kind, seven numbers, and its name, description and further text.
struct Auction: FlatRecord, Equatable {
    /// How many bytes come before the text.
    static let size = 57

    let bytes: Bytes

    init(_ bytes: Bytes) throws {
        guard bytes.count >= Self.size, bytes[0] == NexmarkEvent.Kind.auction.rawValue else {
            throw SerdeError("no auction: \(bytes.count) bytes")
        }
        self.init(checked: bytes)
    }

    private init(checked bytes: Bytes) { self.bytes = bytes }

    var id: Int64 { bytes.number(at: 1) }
    /// In cents.
    var initialBid: Int64 { bytes.number(at: 9) }
    /// The price below which it is not sold, in cents.
    var reserve: Int64 { bytes.number(at: 17) }
    /// Milliseconds since the epoch, the record's timestamp too.
    var time: Int64 { bytes.number(at: 25) }
    /// The last millisecond in which bids count.
    var expires: Int64 { bytes.number(at: 33) }
    /// The person's number.
    var seller: Int64 { bytes.number(at: 41) }
    var category: Int64 { bytes.number(at: 49) }

    /// Without the text.
    var bare: Auction { Auction(checked: bytes[0..<Self.size]) }

    /// Whether the bid came while the auction was open.
    func takes(_ bid: Bid) -> Bool { time <= bid.time && bid.time <= expires }
}

import KafkaProtocol
import Millrace

/// An auction and its best bid so far, whatever the order in which they come.
struct Sale: Sendable {
    /// Nil before it has come.
    private(set) var auction: Auction?
    /// The one that wins among those that the auction takes.
    private(set) var best: Bid?
    /// The bids that came before the auction, one block after the other, until it says which it takes.
    private var early = Bytes()

    init() {}

    func including(_ bid: Bid) throws -> Sale {
        var sale = self
        try sale.take(bid)
        return sale
    }

    func including(_ auction: Auction) throws -> Sale {
        var sale = self
        sale.auction = auction
        sale.early = Bytes()
        var reader = ByteReader(early)
        while reader.remaining > 0 { try sale.take(Bid(reader.readBlock())) }
        return sale
    }

    private mutating func take(_ bid: Bid) throws {
        guard let auction else {
            var blocks = ByteWriter(capacity: early.count + 4 + bid.bytes.count)
            blocks.write(raw: early)
            blocks.write(block: bid.bytes)
            return early = blocks.finish()
        }
        guard auction.takes(bid) else { return }
        if let best, !bid.wins(over: best) { return }
        best = bid
    }
}

extension Sale: DefaultSerde {
    static var defaultSerde: Serde<Sale> {
        Serde(
            encode: { sale, writer in
                writer.write(block: sale.auction?.bytes ?? Bytes())
                writer.write(block: sale.best?.bytes ?? Bytes())
                writer.write(raw: sale.early)
            },
            decode: { bytes in
                try bytes.reading { reader in
                    var sale = Sale()
                    let (auction, best) = try (reader.readBlock(), reader.readBlock())
                    if !auction.isEmpty { sale.auction = try Auction(auction) }
                    if !best.isEmpty { sale.best = try Bid(best) }
                    sale.early = try reader.readSlice(reader.remaining)
                    return sale
                }
            },
            detach: { sale in
                var sale = sale
                sale.auction = sale.auction?.detached()
                sale.best = sale.best?.detached()
                sale.early = sale.early.detached()
                return sale
            })
    }
}

extension StreamsBuilder {
    /// The table of sales by the auction's number.
    func sales(of auctions: NonNullKStream<Bytes, Auction>, _ bids: NonNullKStream<Bytes, Bid>) -> KTable<Int64, Sale> {
        bids.groupBy(.named("bids")) { _, bid in bid.auction }
            .cogroup { (_, bid, sale: Sale) in try sale.including(bid) }
            .cogroup(auctions.groupBy(.named("auctions")) { _, auction in auction.id }) { _, auction, sale in
                try sale.including(auction)
            }
            .aggregate(Sale(), .as("sales"))
    }
}

import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Winning bids: each auction with the highest bid, and the earliest of these, that came while it was open.
    static let q9 = NexmarkQuery(
        name: "q9", summary: "winning bids", flinkRate: 14_240, kind: .lastPerKey,
        build: { builder, input, output in
            builder.sales(of: builder.auctions(input), builder.bids(input))
                .toStream()
                .compactMapValues { sale in WinningBid(sale.auction, sale.best) }
                .to(output)
        },
        expected: { events in
            let bids = try Dictionary(grouping: events.bids, by: \.auction)
            return try events.auctions.compactMap { auction in
                let valid = (bids[auction.id] ?? []).filter { auction.time <= $0.time && $0.time <= auction.expires }
                let best = valid.sorted { ($1.price, $0.time, $0.bidder) < ($0.price, $1.time, $1.bidder) }.first
                return try WinningBid(auction, best).map {
                    try ResultRow(auction.id, $0, by: .int64, WinningBid.defaultSerde)
                }
            }
        })
}

/// An auction and the bid that wins.
private struct WinningBid: Sendable, DefaultSerde {
    private let auction: Auction
    private let bid: Bid

    /// Nil unless there are both.
    init?(_ auction: Auction?, _ bid: Bid?) {
        guard let auction, let bid else { return nil }
        self.auction = auction
        self.bid = bid
    }

    static var defaultSerde: Serde<WinningBid> {
        Serde(
            encode: { winner, writer in
                writer.write(block: winner.auction.bytes)
                writer.write(raw: winner.bid.bytes)
            },
            decode: { _ in throw SerdeError("winning bids are only written") })
    }
}

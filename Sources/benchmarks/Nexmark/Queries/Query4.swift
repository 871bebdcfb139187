import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Average price for a category: of the winning bids of all its auctions, so far.
    static let q4 = NexmarkQuery(
        name: "q4", summary: "average price for a category", flinkRate: 34_330, kind: .lastPerKey,
        build: { builder, input, output in
            // Without their text, as that would be sent and kept for nothing.
            let auctions = builder.auctions(input).mapValues { $0.bare }
            let bids = builder.bids(input).mapValues { $0.bare }
            builder.sales(of: auctions, bids)
                .groupBy { _, sale in KeyValue(sale.auction?.category, sale.best?.price) }
                .aggregate(PriceTotal(), add: { $2.adding($1) }, subtract: { $2.removing($1) })
                .mapValues { total in total.average }
                .to(output)
        },
        expected: { events in
            let bids = try Dictionary(grouping: events.bids, by: \.auction)
            var prices: [Int64: [Int64]] = [:]
            for auction in try events.auctions {
                let valid = (bids[auction.id] ?? []).filter { auction.time <= $0.time && $0.time <= auction.expires }
                if let best = valid.map(\.price).max() { prices[auction.category, default: []].append(best) }
            }
            return try prices.map { category, prices in
                try ResultRow(category, prices.reduce(0, +) / Int64(prices.count), by: .int64, .int64)
            }
        })
}

/// What an average is made of, in cents.
private struct PriceTotal: Sendable, DefaultSerde {
    private var sum: Int64 = 0
    private var count: Int64 = 0

    /// Nil of none. Whole cents, as Flink's.
    var average: Int64? { count > 0 ? sum / count : nil }

    func adding(_ price: Int64) -> PriceTotal { changed(by: price, 1) }
    func removing(_ price: Int64) -> PriceTotal { changed(by: 0 &- price, -1) }

    private func changed(by price: Int64, _ number: Int64) -> PriceTotal {
        var copy = self
        copy.sum &+= price
        copy.count &+= number
        return copy
    }

    static var defaultSerde: Serde<PriceTotal> {
        Serde(
            encode: { total, writer in
                writer.write(total.sum)
                writer.write(total.count)
            },
            decode: { bytes in
                try bytes.reading { reader in
                    var total = PriceTotal()
                    total.sum = try reader.read()
                    total.count = try reader.read()
                    return total
                }
            })
    }
}

import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Hot items: the auctions with the most bids in ten seconds, every two seconds.
    static let q5 = NexmarkQuery(
        name: "q5", summary: "hot items, hopping windows", flinkRate: 22_140, kind: .lastPerKey,
        build: { builder, input, output in
            builder.bids(input)
                .map(key: .int64, value: .int64) { _, bid in KeyValue(bid.auction, bid.price) }
                .groupByKey()
                .windowedBy(.hopping(.seconds(10), advance: .seconds(2), grace: grace))
                .count()
                .toStream()
                .map(key: .int64) { auction, count in
                    KeyValue(auction?.window.start, HotItems(auction?.key, count))
                }
                .groupByKey()
                // Counts only grow, so an auction that was hot and has got more bids is hot alone.
                .reduce { hot, items in items.count > hot.count ? items : items.count == hot.count ? hot.merged(items) : hot }
                .to(output)
        },
        expected: { events in
            var counts: [Int64: [Int64: Int64]] = [:]
            for bid in try events.bids {
                for start in stride(from: bid.time / 2000 * 2000 - 8000, through: bid.time, by: 2000) {
                    counts[start, default: [:]][bid.auction, default: 0] += 1
                }
            }
            return try counts.map { start, counts in
                let most = counts.values.max() ?? 0
                let auctions = counts.filter { $0.value == most }.keys.sorted()
                return try ResultRow(start, HotItems(count: most, auctions: auctions), by: .int64, HotItems.defaultSerde)
            }
        })
}

/// Auctions that have equally many bids.
private struct HotItems: Sendable, DefaultSerde {
    let count: Int64
    /// By number.
    let auctions: [Int64]

    init(count: Int64, auctions: [Int64]) {
        self.count = count
        self.auctions = auctions
    }

    /// One auction; nil without one.
    init?(_ auction: Int64?, _ count: Int64?) {
        guard let auction, let count else { return nil }
        self.init(count: count, auctions: [auction])
    }

    func merged(_ other: HotItems) -> HotItems {
        HotItems(count: count, auctions: Set(auctions + other.auctions).sorted())
    }

    static var defaultSerde: Serde<HotItems> {
        Serde(
            encode: { items, writer in
                writer.write(items.count)
                for auction in items.auctions { writer.write(auction) }
            },
            decode: { bytes in
                try bytes.reading { reader in
                    let count: Int64 = try reader.read()
                    var auctions: [Int64] = []
                    while reader.remaining > 0 { auctions.append(try reader.read()) }
                    return HotItems(count: count, auctions: auctions)
                }
            })
    }
}

import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Highest bid: the bids with the highest price of each ten seconds. All bids of a window meet in one partition, those of the
    /// next in another.
    static let q7 = NexmarkQuery(
        name: "q7", summary: "highest bid in a window", flinkRate: 12_330, kind: .lastPerKey,
        build: { builder, input, output in
            builder.bids(input)
                .groupBy { _, bid in tenSeconds(bid.time) }
                .windowedBy(.tumbling(.seconds(10), grace: grace))
                .aggregate(HighestBids()) { _, bid, highest in highest.including(bid) }
                .to(output)
        },
        expected: { events in
            try Dictionary(grouping: events.bids) { tenSeconds($0.time) }.map { start, bids in
                let most = bids.map(\.price).max()
                let highest = bids.filter { $0.price == most }.reduce(HighestBids()) { $0.including($1) }
                return try ResultRow(
                    Windowed(start, Window(start: start, end: start + 10_000)), highest,
                    by: .timeWindowed(.int64, size: 10_000), HighestBids.defaultSerde)
            }
        })
}

/// The bids of equal price than which none is higher.
private struct HighestBids: Sendable, DefaultSerde {
    /// In order of their bytes.
    private var bids: [Bid] = []

    func including(_ bid: Bid) -> HighestBids {
        var highest = self
        let price = bids.first?.price ?? .min
        if bid.price > price {
            highest.bids = [bid]
        } else if bid.price == price, !bids.contains(bid) {
            highest.bids = (bids + [bid]).sorted { $0.bytes < $1.bytes }
        }
        return highest
    }

    static var defaultSerde: Serde<HighestBids> {
        Serde(
            encode: { highest, writer in for bid in highest.bids { writer.write(block: bid.bytes) } },
            decode: { bytes in
                try bytes.reading { reader in
                    var highest = HighestBids()
                    while reader.remaining > 0 { highest.bids.append(try Bid(reader.readBlock())) }
                    return highest
                }
            },
            detach: { highest in
                var copy = highest
                copy.bids = highest.bids.map { $0.detached() }
                return copy
            })
    }
}

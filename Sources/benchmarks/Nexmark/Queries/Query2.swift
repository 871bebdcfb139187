import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Selection: auction and price of the bids for every 123rd auction.
    static let q2 = NexmarkQuery(
        name: "q2", summary: "selection", flinkRate: 175_210, kind: .allRecords,
        build: { builder, input, output in
            builder.bids(input)
                .filter { _, bid in bid.auction % 123 == 0 }
                .map(key: .int64, value: .int64) { _, bid in KeyValue(bid.auction, bid.price) }
                .to(output)
        },
        expected: { events in
            try events.bids.filter { $0.auction % 123 == 0 }
                .map { try ResultRow($0.auction, $0.price, by: .int64, .int64) }
        })
}

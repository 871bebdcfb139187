import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Currency conversion: the bids with their prices in euros.
    static let q1 = NexmarkQuery(
        name: "q1", summary: "currency conversion", flinkRate: 157_940, kind: .allRecords,
        build: { builder, input, output in
            builder.bids(input)
                .mapValues { bid in EuroBid(bid) }
                .to(output)
        },
        expected: { events in
            try events.bids.map { bid in
                var bytes = bid.bytes.array
                withUnsafeBytes(of: (bid.price * 908).bigEndian) { bytes.replaceSubrange(17..<25, with: $0) }
                return ResultRow(key: nil, value: Bytes(bytes))
            }
        })
}

/// A bid whose price is in thousandths of a euro cent, at 0.908 euros a dollar: Flink's `DECIMAL(23, 3)`.
private struct EuroBid: DefaultSerde {
    private let bid: Bid
    private let price: Int64

    init(_ bid: Bid) {
        self.bid = bid
        price = bid.price &* 908
    }

    /// As a bid, with the other price in its place.
    static var defaultSerde: Serde<EuroBid> {
        Serde(
            encode: { euros, writer in
                let start = writer.count
                writer.write(raw: euros.bid.bytes)
                writer.overwrite(euros.price, at: start + Bid.pricePlace)
            },
            decode: { _ in throw SerdeError("bids in euros are only written") })
    }
}

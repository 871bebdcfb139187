import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// User sessions: how many bids each person made without a pause of more than ten seconds.
    static let q11 = NexmarkQuery(
        name: "q11", summary: "user sessions", flinkRate: 39_700, kind: .lastPerKey,
        build: { builder, input, output in
            builder.bids(input)
                .map(key: .int64, value: .int64) { _, bid in KeyValue(bid.bidder, bid.price) }
                .groupByKey()
                .windowedBy(.gap(.seconds(10), grace: grace))
                .count()
                .to(output)
        },
        expected: { events in
            var rows: [ResultRow] = []
            for (bidder, bids) in try Dictionary(grouping: events.bids, by: \.bidder) {
                var session: [Int64] = []
                func end() throws {
                    guard let first = session.first, let last = session.last else { return }
                    rows.append(
                        try ResultRow(
                            Windowed(bidder, Window(start: first, end: last)), Int64(session.count),
                            by: .sessionWindowed(.int64), .int64))
                }
                for time in bids.map(\.time).sorted() {
                    if let last = session.last, time - last > 10_000 {
                        try end()
                        session = []
                    }
                    session.append(time)
                }
                try end()
            }
            return rows
        })
}

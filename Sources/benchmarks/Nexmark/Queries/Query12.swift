import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Windowed count: how many bids each person made in ten seconds. The original has windows of processing time, whose results
    /// are others in each run; here they are of event time, so that the result can be checked, and the work is the same. With
    /// `Consumed(timestamp:)` and a clock the windows would be the original's.
    static let q12 = NexmarkQuery(
        name: "q12", summary: "windowed count", flinkRate: 75_670, kind: .lastPerKey,
        build: { builder, input, output in
            builder.bids(input)
                .map(key: .int64, value: .int64) { _, bid in KeyValue(bid.bidder, bid.price) }
                .groupByKey()
                .windowedBy(.tumbling(.seconds(10), grace: grace))
                .count()
                .to(output)
        },
        expected: { events in
            var counts: [Int64: [Int64: Int64]] = [:]
            for bid in try events.bids { counts[tenSeconds(bid.time), default: [:]][bid.bidder, default: 0] += 1 }
            return try counts.flatMap { start, counts in
                try counts.map { bidder, count in
                    try ResultRow(
                        Windowed(bidder, Window(start: start, end: start + 10_000)), count,
                        by: .timeWindowed(.int64, size: 10_000), .int64)
                }
            }
        })
}

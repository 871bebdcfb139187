import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Monitor new users: who has come and has put up an auction in the same ten seconds.
    static let q8 = NexmarkQuery(
        name: "q8", summary: "monitor new users, a windowed join", flinkRate: 146_140, kind: .lastPerKey,
        build: { builder, input, output in
            let windows = TimeWindows.tumbling(.seconds(10), grace: grace)
            let newcomers = builder.persons(input)
                .map(key: .int64, value: .bytes) { _, person in KeyValue(person.id, person.name) }
                .groupByKey().windowedBy(windows)
                .reduce { name, _ in name }
            let sellers = builder.auctions(input)
                .map(key: .int64, value: .int64) { _, auction in KeyValue(auction.seller, auction.id) }
                .groupByKey().windowedBy(windows)
                .count()
            newcomers.join(sellers) { name, _ in name }.to(output)
        },
        expected: { events in
            let sellers = try Set(events.auctions.map { "\($0.seller) in \(tenSeconds($0.time))" })
            return try events.persons.compactMap { person in
                let start = tenSeconds(person.time)
                guard sellers.contains("\(person.id) in \(start)") else { return nil }
                return try ResultRow(
                    Windowed(person.id, Window(start: start, end: start + 10_000)), person.name,
                    by: .timeWindowed(.int64, size: 10_000), .bytes)
            }
        })
}

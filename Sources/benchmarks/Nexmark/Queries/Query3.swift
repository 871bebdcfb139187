import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Local item suggestion: who sells in Oregon, Idaho or California in category 10, and which auctions. Persons and auctions
    /// may come in any order, so both are tables, and an auction refers to its seller.
    static let q3 = NexmarkQuery(
        name: "q3", summary: "local item suggestion", flinkRate: 152_120, kind: .lastPerKey,
        build: { builder, input, output in
            let persons = builder.persons(input)
                .filter { _, person in states.contains(person.state) }
                .selectKey { _, person in person.id }
                .stream.toTable()
            builder.auctions(input)
                .filter { _, auction in auction.category == 10 }
                .map(key: .int64, value: .int64) { _, auction in KeyValue(auction.id, auction.seller) }
                .toTable()
                .join(persons, foreignKey: { _, seller in seller }) { _, _, person in LocalSeller(person) }
                .to(output)
        },
        expected: { events in
            var sellers: [Int64: Person] = [:]
            for person in try events.persons where states.contains(person.state) { sellers[person.id] = person }
            return try events.auctions.filter { $0.category == 10 }.compactMap { auction in
                try sellers[auction.seller].map { try ResultRow(auction.id, LocalSeller($0), by: .int64, .local) }
            }
        })

    private static let states = ["OR", "ID", "CA"].map { Bytes(utf8: $0) }
}

/// Whom an item can be had from.
private struct LocalSeller: DefaultSerde, Sendable {
    let name: Bytes
    let city: Bytes
    let state: Bytes

    init(_ person: Person) {
        name = person.name
        city = person.city
        state = person.state
    }

    static var defaultSerde: Serde<LocalSeller> { .local }
}

extension Serde where Value == LocalSeller {
    /// The three fields as text, with commas between them.
    fileprivate static var local: Serde<LocalSeller> {
        Serde(
            encode: { seller, writer in
                writer.write(raw: seller.name)
                writer.write(UInt8(ascii: ","))
                writer.write(raw: seller.city)
                writer.write(UInt8(ascii: ","))
                writer.write(raw: seller.state)
            },
            decode: { _ in throw SerdeError("sellers are only written") })
    }
}

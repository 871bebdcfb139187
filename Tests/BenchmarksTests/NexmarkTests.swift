import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@testable import benchmarks

@Suite struct NexmarkTests {
    private static let generator = NexmarkGenerator(rate: 60)

    @Test(arguments: NexmarkQuery.all)
    func `a query gives what a slow program gives`(query: NexmarkQuery) throws {
        let events = try Self.generator.events(2500)
        let expected = try query.expected(events)
        #expect(!expected.isEmpty)
        #expect(try Set(rows(of: query, events)) == Set(expected))
    }

    @Test(arguments: NexmarkQuery.all)
    func `it gives the same if the events come out of order`(query: NexmarkQuery) throws {
        let events = try Self.generator.events(1200)
        var order = Array(events.indices)
        let random = SplitMix(seed: 3)
        for place in order.indices.dropFirst() {
            order.swapAt(place, Int(SplitMix.bounded(random[UInt64(place)], UInt64(place + 1))))
        }
        #expect(try Set(rows(of: query, order.map { events[$0] })) == Set(query.expected(events)))
    }

    /// The result, by the query's own kind.
    private func rows(of query: NexmarkQuery, _ events: [NexmarkEvent]) throws -> [ResultRow] {
        let driver = try TopologyTestDriver(query.topology("events", "out"))
        let input: TestInputTopic<Bytes, Bytes> = try driver.inputTopic("events")
        for event in events { try input.pipe(nil, event.bytes, timestamp: time(of: event)) }
        let output: TestOutputTopic<Bytes, Bytes> = try driver.outputTopic("out")
        let records = try output.readAll()
        guard query.kind == .lastPerKey else {
            return records.compactMap { record in record.value.map { ResultRow(key: record.key, value: $0) } }
        }
        var last: [Bytes: Bytes] = [:]
        for record in records { if let key = record.key { last[key] = record.value } }
        return last.map { ResultRow(key: $0, value: $1) }
    }

    private func time(of event: NexmarkEvent) throws -> Int64 {
        switch event.kind {
        case .person: try Person(event.bytes).time
        case .auction: try Auction(event.bytes).time
        case .bid: try Bid(event.bytes).time
        }
    }

    @Test func `of 50 events one is a person, three are auctions and the rest bids`() throws {
        let kinds = try Self.generator.events(100).map(\.kind)
        for first in [0, 50] {
            #expect(kinds[first] == .person)
            #expect(kinds[first + 1..<first + 4].allSatisfy { $0 == .auction })
            #expect(kinds[first + 4..<first + 50].allSatisfy { $0 == .bid })
        }
    }

    @Test func `events are the same each time, and others with another seed`() throws {
        let again = NexmarkGenerator(rate: 60), other = NexmarkGenerator(rate: 60, seed: 8)
        let events = try Self.generator.events(200).map(\.bytes)
        #expect(try again.events(200).map(\.bytes) == events)
        #expect(try other.events(200).map(\.bytes) != events)
    }

    @Test func `numbers rise, half of the bids are for hot auctions and three in four by hot bidders`() throws {
        let events = try NexmarkGenerator().events(20_000)
        #expect(try events.persons.map(\.id) == (1000..<1400).map { $0 })
        #expect(try events.auctions.map(\.id) == (1000..<2200).map { $0 })
        let bids = try events.bids
        let hot = Double(bids.filter { $0.auction % 100 == 0 }.count) / Double(bids.count)
        #expect((0.48...0.55).contains(hot))
        let hotBidders = Double(bids.filter { $0.bidder % 100 == 1 }.count) / Double(bids.count)
        #expect((0.72...0.79).contains(hotBidders))
    }

    @Test func `sizes are those of the specification on average`() throws {
        let events = try NexmarkGenerator().events(20_000)
        func average(_ kind: NexmarkEvent.Kind) -> Int {
            let sizes = events.filter { $0.kind == kind }.map(\.bytes.count)
            return sizes.reduce(0, +) / sizes.count
        }
        #expect((97...103).contains(average(.bid)))
        #expect((480...520).contains(average(.auction)))
        #expect((195...215).contains(average(.person)))
    }

    @Test func `sales are read as they were written`() throws {
        let events = try Self.generator.events(100)
        let serde = Sale.defaultSerde
        let (auction, bids) = (try #require(try events.auctions.first), try events.bids)
        let early = try Sale().including(bids[0]).including(bids[1])
        for sale in try [Sale(), early, early.including(auction)] {
            let bytes = try serde.bytes(of: sale)
            #expect(try serde.bytes(of: serde.decode(bytes)) == bytes)
        }
    }

    @Test func `events that are cut off are refused`() throws {
        for event in try Self.generator.events(5) {
            for count in [0, 1, 8, 16, 32] {
                let cut = event.bytes[0..<count]
                #expect(throws: (any Error).self) {
                    switch event.kind {
                    case .person: _ = try Person(cut)
                    case .auction: _ = try Auction(cut)
                    case .bid: _ = try Bid(cut)
                    }
                }
            }
        }
    }
}

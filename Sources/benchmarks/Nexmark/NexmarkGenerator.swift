import Foundation
import KafkaProtocol

/// The events of the Nexmark benchmark, each made from its number: of every 50 events the first is a person, the next three
/// are auctions and the rest bids. Rules and constants are those of the generator of Apache Beam and of
/// github.com/nexmark/nexmark, without its out-of-order option; the random numbers are ours.
struct NexmarkGenerator: Sendable {
    /// How many events one second of event time has.
    let rate: UInt64
    let seed: UInt64

    init(rate: Int = 10_000, seed: UInt64 = 7) {
        self.rate = UInt64(max(1, rate))
        self.seed = seed
    }

    private static let firstID: UInt64 = 1000
    private static let firstCategory: UInt64 = 10
    /// How many numbers of auctions and persons that are yet to come may be named.
    private static let lead: UInt64 = 10
    /// One auction, seller and bidder in so many are hot.
    private static let hotOf: UInt64 = 100
    private static let auctionsInFlight: UInt64 = 100
    private static let activePersons: UInt64 = 1000
    /// After how many events as many auctions have come as are in flight.
    private static let eventsInFlight = auctionsInFlight * 50 / 3

    /// The time of event `n`, in milliseconds since the epoch.
    func time(of n: UInt64) -> UInt64 { DataSet.start &+ n &* 1000 / rate }

    /// Writes event `n`; gives its time.
    func write(_ n: UInt64, _ writer: inout ByteWriter) -> Int64 {
        var draws = Draws(seed: seed, event: n)
        switch n % 50 {
        case 0: writePerson(n, &draws, &writer)
        case 1...3: writeAuction(n, &draws, &writer)
        default: writeBid(n, &draws, &writer)
        }
        return Int64(time(of: n))
    }

    /// The first `count` events, as they are read.
    func events(_ count: Int) throws -> [NexmarkEvent] {
        try (0..<UInt64(count)).map { n in
            var writer = ByteWriter()
            _ = write(n, &writer)
            return try NexmarkEvent(writer.finish())
        }
    }

    // MARK: - Who and what there is by event n, counted from 0

    private func lastPerson(_ n: UInt64) -> UInt64 { n / 50 }
    private func lastAuction(_ n: UInt64) -> UInt64 { n / 50 * 3 + min(n % 50 - 1, 2) }

    private func somePerson(_ n: UInt64, _ draws: inout Draws) -> UInt64 {
        let count = lastPerson(n) + 1
        let active = min(count, Self.activePersons)
        return count - active + draws.below(active + Self.lead)
    }

    private func someAuction(_ n: UInt64, _ draws: inout Draws) -> UInt64 {
        let last = lastAuction(n)
        let first = last < Self.auctionsInFlight ? 0 : last - Self.auctionsInFlight
        return first + draws.below(last - first + 1 + Self.lead)
    }

    // MARK: - Events

    private func writePerson(_ n: UInt64, _ draws: inout Draws, _ writer: inout ByteWriter) {
        writer.write(NexmarkEvent.Kind.person.rawValue)
        writer.write(lastPerson(n) + Self.firstID)
        writer.write(time(of: n))
        let start = writer.count
        writer.write(shortText: "\(draws.pick(Self.firstNames)) \(draws.pick(Self.lastNames))")
        writer.write(shortText: "\(draws.text(upTo: 7))@\(draws.text(upTo: 5)).com")
        writer.write(shortText: (0..<4).map { _ in String(String(10_000 + draws.below(10_000)).dropFirst()) }.joined(separator: " "))
        writer.write(shortText: draws.pick(Self.cities))
        writer.write(shortText: draws.pick(Self.states))
        draws.writeExtra(&writer, after: 8 + writer.count - start - 5, average: 200)
    }

    private func writeAuction(_ n: UInt64, _ draws: inout Draws, _ writer: inout ByteWriter) {
        let isHot = draws.below(4) > 0
        let seller = isHot ? lastPerson(n) / Self.hotOf * Self.hotOf : somePerson(n, &draws)
        let category = Self.firstCategory + draws.below(5)
        let initialBid = draws.price()
        let time = time(of: n)
        let horizon = self.time(of: n + Self.eventsInFlight) - time
        writer.write(NexmarkEvent.Kind.auction.rawValue)
        writer.write(lastAuction(n) + Self.firstID)
        writer.write(initialBid)
        writer.write(initialBid + draws.price())
        writer.write(time)
        writer.write(time + 1 + draws.below(max(horizon * 2, 1)))
        writer.write(seller + Self.firstID)
        writer.write(category)
        let start = writer.count
        writer.write(shortText: draws.text(upTo: 20))
        writer.write(shortText: draws.text(upTo: 100))
        draws.writeExtra(&writer, after: 48 + writer.count - start - 2, average: 500)
    }

    private func writeBid(_ n: UInt64, _ draws: inout Draws, _ writer: inout ByteWriter) {
        let isHot = draws.below(2) > 0
        let auction = isHot ? lastAuction(n) / Self.hotOf * Self.hotOf : someAuction(n, &draws)
        let isHotBidder = draws.below(4) > 0
        // The one after the hot seller.
        let bidder = isHotBidder ? lastPerson(n) / Self.hotOf * Self.hotOf + 1 : somePerson(n, &draws)
        writer.write(NexmarkEvent.Kind.bid.rawValue)
        writer.write(auction + Self.firstID)
        writer.write(bidder + Self.firstID)
        writer.write(draws.price())
        writer.write(time(of: n))
        draws.writeExtra(&writer, after: 32, average: 100)
    }

    private static let states = ["AZ", "CA", "ID", "OR", "WA", "WY"]
    private static let cities = [
        "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne",
    ]
    private static let firstNames = [
        "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter",
    ]
    private static let lastNames = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"]
}

/// The random numbers of one event, in the order in which they are drawn.
private struct Draws {
    private let random: SplitMix
    private var k: UInt64

    init(seed: UInt64, event n: UInt64) {
        random = SplitMix(seed: seed)
        // No event draws more.
        k = n &* 128
    }

    mutating func next() -> UInt64 {
        defer { k &+= 1 }
        return random[k]
    }

    /// A number in `0..<n`.
    mutating func below(_ n: UInt64) -> UInt64 { SplitMix.bounded(next(), n) }

    mutating func pick(_ words: [String]) -> String { words[Int(below(UInt64(words.count)))] }

    /// In cents, from a dollar to a million, evenly by its logarithm.
    mutating func price() -> UInt64 {
        UInt64((pow(10, Double(next() >> 11) / 9_007_199_254_740_992 * 6) * 100).rounded())
    }

    /// At least three letters and spaces, fewer than `count`.
    mutating func text(upTo count: UInt64) -> String {
        var letters: [UInt8] = []
        var left: UInt64 = 0
        for place in 0..<3 + below(count - 3) {
            if place % 7 == 0 { left = next() >> 5 }
            letters.append(left % 13 == 0 ? UInt8(ascii: " ") : UInt8(ascii: "a") + UInt8(left / 13 % 26))
            left /= 338
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Writes letters, so that events of which so many bytes are there already have a size of `average` on average.
    mutating func writeExtra(_ writer: inout ByteWriter, after size: Int, average: Int) {
        guard size <= average else { return }
        let spread = Int((Double(average - size) * 0.2).rounded())
        let count = average - size - spread + Int(below(UInt64(max(1, 2 * spread))))
        writer.write(upTo: count) { room in
            var left: UInt64 = 0
            for place in 0..<count {
                if place % 12 == 0 { left = next() >> 7 }
                room[place] = UInt8(ascii: "a") + UInt8(left % 26)
                left /= 26
            }
            return count
        }
    }
}

extension ByteWriter {
    /// Writes text of at most 255 bytes after its length.
    fileprivate mutating func write(shortText text: String) {
        write(UInt8(truncatingIfNeeded: text.utf8.count))
        write(utf8: text)
    }
}

extension DataSet {
    /// The first `count` events in one topic, without keys, and so round its partitions.
    static func nexmark(count: Int, rate: Int) -> DataSet {
        let generator = NexmarkGenerator(rate: rate)
        return DataSet(topic: "nexmark-\(count)-\(rate)", count: count) { n, writer in
            RecordShape(keyCount: nil, timestamp: generator.write(n, &writer))
        }
    }
}

import KafkaProtocol

/// Invents the access log of a web site, line by line: visitors who arrive, click through a few linked pages with pauses
/// in between and leave; a few crawlers; a small share of late and of malformed lines.
///
/// The visits in progress form a fixed number of places. Whose click is next is a matter of chance, the same for all of
/// them, and after each click a visitor may leave his place to a new one: visits with exponential pauses and a geometric
/// number of clicks, from the first line on as if the site had been open for hours.
struct ClickGenerator {
    private struct Visit {
        var user: UInt64
        var page: Int
    }

    private static let pauseSeconds = 8
    private static let leaving = 1.0 / 6
    private static let malformed = 0.003
    private static let late = 0.005
    private static let crawling = 0.04
    private static let crawlers: UInt64 = 12

    private var random: SeededRandom
    private let site: Site
    private let population: Int
    private var visits: [Visit] = []
    private var clock = LogClock()

    /// A site that gets about `rate` clicks a second; 0 for a very busy one.
    init(seed: UInt64, rate: Int) {
        var random = SeededRandom(seed: seed)
        site = Site(&random)
        self.random = random
        let places = max(4, min((rate > 0 ? rate : 10_000) * Self.pauseSeconds, 100_000))
        population = places * 5
        for _ in 0..<places { visits.append(arrival()) }
    }

    private mutating func arrival() -> Visit {
        // Some people come back more often than others.
        let chance = random.unit()
        let user = UInt64(Double(population) * chance * chance)
        return Visit(user: user + Self.crawlers, page: site.popularPage(&random))
    }

    /// Appends a line, without its end, that was written at `now`, in milliseconds since 1970.
    mutating func writeLine(at now: Int64, to writer: inout ByteWriter) {
        let chance = random.unit()
        if chance < Self.malformed { return writeMalformedLine(second: now / 1000, to: &writer) }
        // Another server's lines come in up to two minutes later.
        let delay = chance < Self.malformed + Self.late ? Int64(1 + random.below(120)) : 0
        let second = now / 1000 - delay
        if random.unit() < Self.crawling {
            let crawler = random.next() % Self.crawlers
            return write(user: crawler, page: site.anyPage(&random), second: second, to: &writer)
        }
        let place = random.below(visits.count)
        let visit = visits[place]
        write(user: visit.user, page: visit.page, second: second, to: &writer)
        if random.unit() < Self.leaving {
            visits[place] = arrival()
        } else {
            let followsLink = random.unit() < 0.7
            visits[place].page =
                followsLink ? site.linkedPage(from: visit.page, &random) : site.popularPage(&random)
        }
    }

    private mutating func write(user: UInt64, page: Int, second: Int64, to writer: inout ByteWriter) {
        writer.writeAddress(of: user)
        writer.write(utf8: " - - [")
        writer.write(utf8: clock.text(second))
        writer.write(utf8: page == 6 ? "] \"POST " : "] \"GET ")
        writer.write(utf8: site.paths[page])
        let chance = random.unit()
        writer.write(utf8: chance < 0.9 ? " HTTP/1.1\" 200 " : chance < 0.97 ? " HTTP/1.1\" 304 " : " HTTP/1.1\" 404 ")
        writer.write(decimal: 200 + random.next() % 30_000)
    }

    /// What servers write about requests that are none, and what is left of lines when a disk is full.
    private mutating func writeMalformedLine(second: Int64, to writer: inout ByteWriter) {
        writer.writeAddress(of: random.next())
        writer.write(utf8: " - - [")
        let time = clock.text(second)
        switch random.below(3) {
        case 0: writer.write(utf8: "\(time)] \"\\x16\\x03\\x01\\x02\" 400 226")
        case 1: writer.write(utf8: "\(time)] \"-\" 408 -")
        default: writer.write(utf8: String(time.prefix(11)))
        }
    }
}

extension ByteWriter {
    /// An IPv4 address that is always the same for the same user.
    fileprivate mutating func writeAddress(of user: UInt64) {
        let bits = SeededRandom.mixed(user &+ 0x5bd1)
        write(decimal: 11 + (bits & 0xff) % 200)
        for shift in [8, 16, 24] as [UInt64] {
            write(UInt8(ascii: "."))
            write(decimal: (bits >> shift) & 0xff)
        }
    }

    fileprivate mutating func write(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            write(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}

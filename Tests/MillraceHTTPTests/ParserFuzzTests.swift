import MillraceHTTP
import KafkaProtocol
import Testing

/// SplitMix64, so that a failure can be repeated by its seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct `HTTP requests at random` {
    /// A stream of valid requests.
    private static func stream(_ random: inout Seeded) -> [UInt8] {
        var text = ""
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let body = String(repeating: "b", count: Int.random(in: 0...40, using: &random))
            let head = "POST /p%20\(Int.random(in: 0...9, using: &random))?q=1 HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\n"
            switch Int.random(in: 0...2, using: &random) {
            case 0: text += head + "\r\n"
            case 1: text += head + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            default:
                text += head + "Transfer-Encoding: chunked\r\n\r\n"
                if !body.isEmpty { text += "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n" }
                text += "0\r\n\r\n"
            }
        }
        return Array(text.utf8)
    }

    private static func events(_ bytes: [UInt8], cuts: inout Seeded, whole: Bool) -> [String] {
        var parser = HTTPRequestParser()
        var found: [String] = []
        var start = 0
        while start < bytes.count {
            let count = whole ? bytes.count : Int.random(in: 1...max(1, bytes.count / 4), using: &cuts)
            parser.receive(Bytes(bytes[start..<min(bytes.count, start + count)]))
            start += count
            do {
                while let event = try parser.next() { found.append(text(event)) }
            } catch {
                return found + ["\(error)"]
            }
        }
        return found + [parser.isInsideRequest ? "more" : "end"]
    }

    @Test(arguments: 0..<300)
    func `how the bytes are cut changes nothing, valid or not`(seed: UInt64) {
        var random = Seeded(seed)
        var bytes = Self.stream(&random)
        if seed % 3 > 0 {
            // What stands for structure, in places where it may matter.
            let spice = Array("\r\n: ;,%0129afGPH/\0\t".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                let byte = spice.randomElement(using: &random) ?? 0
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
        }
        let whole = Self.events(bytes, cuts: &random, whole: true)
        for _ in 0..<4 { #expect(Self.events(bytes, cuts: &random, whole: false) == whole, "seed \(seed)") }
        if seed % 3 == 0 { #expect(whole.last == "end") }
    }

    @Test(arguments: 0..<50)
    func `noise ends in a refusal or waits for more`(seed: UInt64) {
        var random = Seeded(seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let found = Self.events(bytes, cuts: &random, whole: false)
        #expect(found.count == 1 && found[0] != "end")
    }
}

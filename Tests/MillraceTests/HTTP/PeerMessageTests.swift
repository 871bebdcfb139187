import KafkaProtocol
import Testing

@testable import Millrace

/// What instances ask each other, as bytes.
@Suite struct PeerMessageTests {
    private static func bytes(_ random: inout SeededRandom) -> Bytes {
        Bytes((0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private static func question(_ random: inout SeededRandom) -> PeerQuestion {
        var range = RawRange(isReversed: Bool.random(using: &random))
        if Bool.random(using: &random) { range.bounds.from = bytes(&random) }
        range.bounds.upper = [.none, .through(bytes(&random)), .below(bytes(&random))].randomElement(using: &random) ?? .none
        if Bool.random(using: &random) { range.key = bytes(&random) }
        if Bool.random(using: &random) { (range.first, range.last) = (.random(in: .min ... .max, using: &random), 5) }
        let place = RowWalk<RawRow>.Place(
            key: bytes(&random), time: EntryTime(.random(in: .min ... .max, using: &random), 7), count: .random(in: 0...9, using: &random))
        return PeerQuestion(range, behind: Bool.random(using: &random) ? place : nil)
    }

    private static func answer(_ random: inout SeededRandom) -> PeerAnswer {
        var page = RowWalk<RawRow>.Page()
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let window = Bool.random(using: &random) ? Window(start: .random(in: .min ... .max, using: &random), end: .max) : nil
            let row = RawRow(key: bytes(&random), value: bytes(&random), timestamp: .random(in: .min ... .max, using: &random), window: window)
            page.items.append(.init(row: row, key: row.key, time: EntryTime(window?.start ?? 0, 3)))
        }
        if Bool.random(using: &random) { page.next = .init(key: bytes(&random), time: EntryTime(4, 5), count: 6) }
        page.isPutOff = Bool.random(using: &random)
        return PeerAnswer(page, QueryPosition([TopicPartition(topic: "ä", partition: 3): .max]))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `questions and answers are read as they were written`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            let question = Self.question(&random)
            #expect(question.text.utf8.allSatisfy { $0 != 0x2b && $0 != 0x2f && $0 != 0x3d })
            let read = try PeerQuestion(text: question.text)
            #expect("\(read)" == "\(question)")
            let answer = Self.answer(&random)
            #expect("\(try PeerAnswer(answer.bytes))" == "\(answer)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `what is cut off or damaged is refused or read as something else, and nothing worse`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var bytes = Self.answer(&random).bytes.array
            #expect(throws: (any Error).self) { try PeerAnswer(Bytes(bytes.dropLast())) }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
            _ = try? PeerAnswer(Bytes(bytes))
            var text = Array(Self.question(&random).text.utf8)
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0x21...0x7e, using: &random)
            _ = try? PeerQuestion(text: String(decoding: text, as: UTF8.self))
        }
        for text in ["", "A", "AA", "====", "AQ", "zz"] { #expect(throws: (any Error).self) { try PeerQuestion(text: text) } }
        #expect(throws: (any Error).self) { try PeerAnswer(Bytes([1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 127])) }
    }
    @Test func `a place after more rows than there can be is refused, as it is counted on from there`() throws {
        func question(_ count: Int) -> PeerQuestion {
            PeerQuestion(RawRange(), behind: RowWalk<RawRow>.Place(key: Bytes([1]), time: EntryTime(0, 0), count: count))
        }
        #expect(try PeerQuestion(text: question(Int(Int32.max)).text).place?.count == Int(Int32.max))
        for count in [Int(Int32.max) + 1, .max] {
            #expect(throws: PeerMessageError.self) { try PeerQuestion(text: question(count).text) }
        }
    }
}

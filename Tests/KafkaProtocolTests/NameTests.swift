import KafkaProtocol
import Testing

/// Texts that Swift holds for equal and Kafka does not.
let lookalikes: [(String, String)] = [
    ("caf\u{e9}", "cafe\u{301}"), ("K", "\u{212a}"), ("\u{3a9}", "\u{2126}"), (";", "\u{37e}"), ("`", "\u{1fef}"),
    ("orders-K-of-a-long-name", "orders-\u{212a}-of-a-long-name"), ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ("\u{ac00}", "\u{1100}\u{1161}"),
]

@Suite struct NameTests {
    @Test(arguments: lookalikes)
    func `names are equal if their bytes are, not if their characters are`(_ left: String, _ right: String) {
        #expect(left == right, "not a pair for this test")
        #expect(Name(left) != Name(right))
        #expect(Name(left) < Name(right) || Name(right) < Name(left))
        #expect(Set([Name(left), Name(right), Name(left)]).count == 2)
        #expect([left, right, left].distinctNames().count == 2)
        let (first, second) = (TopicPartition(left, 0), TopicPartition(right, 0))
        #expect(first != second && (first < second) != (second < first))
        #expect([first: 1, second: 2][first] == 1)
    }

    @Test func `the same bytes are the same name, however the text came about`() {
        for text in ["", "a", "1234567", "12345678", "123456789", "caf\u{e9}", String(repeating: "long \u{e9} ", count: 100)] {
            var grown = String()
            grown.reserveCapacity(1000)
            for scalar in text.unicodeScalars { grown.unicodeScalars.append(scalar) }
            let cut = String(("x" + text).dropFirst())
            let decoded = String(decoding: Array(text.utf8), as: UTF8.self)
            for other in [grown, cut, decoded] {
                #expect(Name(text) == Name(other) && Name(text).hashValue == Name(other).hashValue)
                #expect(!(Name(text) < Name(other)) && !(Name(other) < Name(text)))
            }
            #expect(Name(text).isEmpty == text.isEmpty)
        }
    }

    @Test func `names sort as their bytes do`() {
        var random = SeededRandom(seed: 7)
        let letters = ["a", "Z", "\u{7f}", "\u{80}", "\u{e9}", "e\u{301}", "\u{212a}", "\u{ffff}", "\u{10000}", "-", "."]
        let names = (0..<500).map { _ in
            (0..<Int(random.next() % 12)).map { _ in letters[Int(random.next() % UInt64(letters.count))] }.joined()
        }
        let sorted = names.map { Name($0) }.sorted().map { Array($0.string.utf8) }
        #expect(sorted == names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func `hashes of similar names differ`() {
        let names = (0..<20_000).map { Name("group-\($0)") }
        #expect(Set(names.map(\.hashValue)).count > 19_990)
        #expect(Set((0..<300).map { Name(String(repeating: "a", count: $0)).hashValue }).count == 300)
    }

    @Test func `a structure compares its wrapped names by bytes`() {
        struct Listing: Hashable { @Name var group: String }
        #expect(Listing(group: "K") != Listing(group: "\u{212a}"))
        var listing = Listing(group: "a")
        listing.group = "b"
        #expect(listing == Listing(group: "b") && listing.group == "b")
    }
}

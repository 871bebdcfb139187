import KafkaProtocol
import MillraceCommandLine
import Testing

@Suite struct LineSplitterTests {
    func lines(_ chunks: [[UInt8]]) throws -> [[UInt8]] {
        var splitter = LineSplitter()
        var lines: [[UInt8]] = []
        for chunk in chunks { try splitter.split(Bytes(chunk)) { lines.append(Array($0)) } }
        try splitter.finish { lines.append(Array($0)) }
        return lines
    }

    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n", [""]), ("a\r\n\nb\n", ["a\r", "", "b"]),
    ])
    func `a line ends at a line feed`(input: String, expected: [String]) throws {
        #expect(try lines([Array(input.utf8)]).map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func `chunks may be cut anywhere`() throws {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            let input = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                [0x0a, 0x61, 0x0d, 0xff].randomElement(using: &random) ?? UInt8(0)
            }
            var chunks: [[UInt8]] = []
            var rest = input[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...10, using: &random)
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            var expected = input.split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
            if expected.last?.isEmpty == true { expected.removeLast() }
            #expect(try lines(chunks) == expected)
        }
    }
}

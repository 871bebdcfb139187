import Testing

@testable import KafkaProtocol

@Suite struct TopicPatternTests {
    @Test(arguments: [
        ("orders", "orders", true), ("orders", "orders2", false), ("orders", "my-orders", false), ("", "", true),
        ("", "a", false), ("a.c", "abc", true), ("a\\.c", "abc", false), ("a\\.c", "a.c", true), ("^a.*$", "abc", true),
        ("a*", "", true), ("a+", "", false), ("a+", "aaa", true), ("ab?c", "ac", true), ("a|bc", "bc", true),
        ("a|bc", "ac", false), ("(a|b)+c", "ababc", true), ("(?:a|b){2}", "ab", true), ("(?:a|b){2}", "a", false),
        ("a{2,}", "aaaa", true), ("a{2,3}", "aaaa", false), ("a{0}b", "b", true), ("a{,2}", "a{,2}", true),
        ("x{", "x{", true), ("[a-c]+", "abcd", false), ("[^a-c]+", "xyz", true), ("[]a]+", "]a", true),
        ("[a\\-z]", "-", true), ("[-a]", "-", true), ("[a-]", "-", true), ("[[:digit:]]+", "123", true),
        ("[[:^digit:]]+", "123", false), ("\\d{3}", "123", true), ("\\D+", "abc", true), ("\\w+", "a_1", true),
        ("\\W", "-", true), ("[\\d_]+", "1_2", true), ("\\pL+", "abc", true), ("\\p{Lu}+", "ABC", true),
        ("\\P{N}+", "abc", true), ("\\p{^N}+", "a1", false), ("(?i)ORDERS", "orders", true),
        ("(?i:A)b", "ab", true), ("(?i:A)B", "ab", false), ("(?i)[^a]", "A", false), ("a(?i)B|c", "ab", true),
        ("\\Qa.b\\E+", "a.b", true), ("\\Qa.b", "axb", false), ("(?P<name>a)", "a", true), ("(?<name>a)", "a", true),
        ("a*?b", "aab", true), ("\\Aa\\z", "a", true), ("a\\b-\\bb", "a-b", true), ("a\\Bb", "ab", true),
        ("a\\bb", "ab", false), ("\\x41\\x{42}", "AB", true), ("\\t", "\t", true), ("(a*)*", "aaa", true),
        ("(a|)+b", "aab", true), ("(|a)*", "aa", true), ("t.*|_.*", "__x", true), (".", "é", false),
        ("caf\u{e9}", "cafe\u{301}", false), ("\u{212a}", "K", false), ("((((a))))", "a", true),
        ("(?s).+(?m)$", "abc", true), ("^^a$$", "a", true), ("a$b", "ab", false),
    ])
    func `patterns match whole names as RE2 does`(_ pattern: String, _ name: String, _ expected: Bool) throws {
        #expect(try TopicPattern(pattern).matches(name) == expected)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "[]", "*", "+a", "a**", "a+*", "a{2}{3}", "|*", "\\", "\\1", "\\y", "(?=a)", "(?!a)",
        "(?<=a)b", "(?<!a)b", "(?", "(?a)", "(?i", "(?P<>a)", "(?P<a", "[b-a]", "[[:x:]]", "\\p{Greek}", "\\p", "\\p{L",
        "\\x{110000}", "\\xg1", "a{2,1}", "a{1001}", "(a{1000}){1000}", "[\\", "(?i-", "\\x{d800}",
    ])
    func `what is no pattern is refused`(_ pattern: String) {
        #expect(throws: TopicPattern.Fault.self) { try TopicPattern(pattern) }
    }

    @Test func `no pattern takes more than its length, and nothing overflows`() throws {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: TopicPattern.Fault.self) { try TopicPattern(deep + deep.replacing("(", with: ")")) }
        let nothing = "((((()*)*){1000}){1000}){1000}"
        #expect(try TopicPattern(nothing).matches(""))
        let never = String(repeating: "(", count: 9) + "a{0}" + String(repeating: "){1000}", count: 9)
        #expect(try TopicPattern(never).matches(""))
        // A matcher that backtracks would not come back from these.
        let bomb = try TopicPattern("(a|a|a)*(a|a)*(a*)*b")
        #expect(!bomb.matches(String(repeating: "a", count: 249)))
        #expect(try !TopicPattern("(.*)(.*)(.*)(.*)(.*)(.*)[^a]").matches(String(repeating: "a", count: 249)))
    }

    @Test func `whatever the characters, there is a pattern or a refusal`() {
        let pieces = [
            "a", "b", "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", ".", "\\", "-", ",", "1", "9", ":", "i",
            "P", "<", ">", "Q", "E", "d", "x", "p", "L", "é", "\u{0}", "\u{10ffff}", "[:", ":]", "{1,2}", "(?i)", "\\Q",
        ]
        for seed in 0..<3000 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let length = Int.random(in: 0...12, using: &random)
            let text = (0..<length).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            do {
                _ = try TopicPattern(text).matches("ab1")
            } catch {
                #expect(error is TopicPattern.Fault)
            }
        }
    }
}

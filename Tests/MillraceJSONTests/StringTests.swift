import Foundation
import MillraceJSON
import Testing

struct StringTests {
    @Test func `strings of all kinds of characters come back the same`() throws {
        var random = Seeded(5)
        let characters: [Character] = ["a", "é", "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "\u{7f}", "😀", "\u{ffff}", "日", " ", "e\u{301}"]
        for _ in 0..<5000 {
            let text = String((0..<Int.random(in: 0...40, using: &random)).map { _ in characters.randomElement(using: &random)! })
            let written = try write(text)
            #expect(Array(try read(String.self, written).utf8) == Array(text.utf8))
            #expect(try foundationRead(String.self, written) == text)
            #expect(Array(try read(String.self, foundationWrite(text)).utf8) == Array(text.utf8))
        }
    }

    @Test func `each place of a special character among plain ones is seen`() throws {
        for length in 0...20 {
            for place in 0...length {
                for special in ["\"", "\\", "\u{1}", "é", "\u{80}"] {
                    let text = String(repeating: "x", count: place) + special + String(repeating: "y", count: length - place)
                    #expect(try read(String.self, write(text)) == text)
                    #expect(try read([String].self, foundationWrite([text, text])) == [text, text])
                }
            }
        }
    }

    @Test func `escapes stand for their characters`() throws {
        #expect(try read(String.self, #""\"\\\/\b\f\n\r\t\u0041\u00e9\u65e5\uD83D\uDE00\u0000""#) == "\"\\/\u{8}\u{c}\n\r\tAé日😀\0")
        #expect(try write("\"\\/\u{8}\u{c}\n\r\t\0\u{1f}é") == #""\"\\/\b\f\n\r\t\u0000\u001fé""#)
    }

    @Test func `halves of surrogate pairs are refused`() {
        for text in [#""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #""\udc00\ud800""#] {
            #expect(refusal(text) == .loneSurrogate, "\(text)")
        }
        #expect(refusal(#""\ud83d\u12"#) == .unexpectedEnd)
    }

    @Test func `strings that are not UTF-8 are refused, as keys and behind escapes too`() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80]] {
            let text = Array("01234567".utf8) + bytes
            #expect(refusal([0x22] + text + [0x22]) == .notUTF8)
            #expect(refusal([0x22, 0x5C, 0x6E] + text + [0x22]) == .notUTF8)
            #expect(refusal([0x7B, 0x22] + text + Array("\":1}".utf8)) == .notUTF8)
        }
    }

    @Test func `errors say where`() {
        for (text, reason, offset) in [
            ("[1 2]", JSONSyntaxError.Reason.noSeparator, 3), ("[]]", .moreText, 2), ("", .unexpectedEnd, 0), ("\"a\n\"", .controlCharacter, 2),
            ("{1:2}", .noKey, 1), ("{\"a\" 1}", .noColon, 5), ("[-]", .badNumber, 2), ("\"\\x\"", .badEscape, 1),
        ] {
            let error = #expect(throws: JSONSyntaxError.self) { try read(AnyJSON.self, text) }
            #expect(error?.reason == reason && error?.offset == offset, "\(text)")
        }
    }

    @Test func `a byte order mark is passed over, UTF-16 is not JSON`() throws {
        #expect(try read(Int.self, bytes: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
        #expect(refusal([0xEF, 0xBB, 0xBF]) == .unexpectedEnd)
        #expect(refusal([0xFF, 0xFE, 0x31, 0]) == .noValue)
        #expect(refusal([0x31, 0, 0x32, 0]) == .moreText)
    }
}

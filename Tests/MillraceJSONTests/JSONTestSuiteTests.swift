import Foundation
import MillraceJSON
import Testing

/// Nicolas Seriot's JSONTestSuite (MIT license): `y_` texts are JSON, `n_` texts are not, `i_` ones may be taken or not.
struct JSONTestSuiteTests {
    /// What is taken of the texts that need not be: numbers out of range (they fail as values of a type, not as text) and byte order marks.
    private static let taken: Set<String> = [
        "i_number_double_huge_neg_exp", "i_number_huge_exp", "i_number_neg_int_huge_exp", "i_number_pos_double_huge_exp",
        "i_number_real_neg_overflow", "i_number_real_pos_overflow", "i_number_real_underflow", "i_number_too_big_neg_int",
        "i_number_too_big_pos_int", "i_number_very_big_negative_int", "i_structure_UTF-8_BOM_empty_object",
    ]

    @Test func `each text of the suite is taken or refused as it must be`() throws {
        let cases = try Self.cases()
        #expect(cases.count > 310)
        for (name, bytes) in cases {
            let isJSON = name.hasPrefix("y_") || Self.taken.contains(name)
            #expect((refusal(bytes) == nil) == isJSON, "\(name)")
        }
    }

    @Test func `what the suite takes has the values that Foundation reads`() throws {
        // Of keys that repeat Foundation takes the first, and we the last.
        for (name, bytes) in try Self.cases() where name.hasPrefix("y_") && name != "y_object_duplicated_key" {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(try read(AnyJSON.self, bytes: bytes) == (try foundationRead(AnyJSON.self, text)), "\(name)")
        }
    }

    @Test func `the suite's large texts end in an error, not on the stack`() {
        #expect(refusal(String(repeating: "[", count: 100_000)) == .tooDeep)
        #expect(refusal(String(repeating: "[{\"\":", count: 50_000)) == .tooDeep)
        #expect(refusal(String(repeating: "[", count: 500) + String(repeating: "]", count: 500)) == nil)
    }

    /// Names and bytes of the texts. In the file `\xHH` stands for a byte and `\\` for a backslash.
    private static func cases() throws -> [(String, [UInt8])] {
        let url = try #require(Bundle.module.url(forResource: "JSONTestSuite", withExtension: "txt"))
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
            let name = line.prefix { $0 != " " }
            return (String(name), bytes(line.dropFirst(name.count + 1)))
        }
    }

    private static func bytes(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            if rest.popFirst() == UInt8(ascii: "x") {
                bytes.append(UInt8(Substring(rest.prefix(2)), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(UInt8(ascii: "\\"))
            }
        }
        return bytes
    }
}

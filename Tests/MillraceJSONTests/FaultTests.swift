import Foundation
import MillraceJSON
import Testing

/// Texts that were cut off or changed: whatever they are, an error or a value comes of them.
struct FaultTests {
    private static let text = """
        {"id":-9007199254740993,"name":"a \\"b\\" \\ud83d\\ude00 é","list":[1.5e-7,true,null,[],{},"x"],"nested":{"a":{"b":[{"c":0}]}},"end":2}
        """

    @Test func `each beginning of a text ends too early`() {
        let bytes = Array(Self.text.utf8)
        for count in 0..<bytes.count { #expect(refusal(Array(bytes[..<count])) != nil, "\(count)") }
        #expect(refusal(bytes) == nil)
    }

    @Test func `changed bytes are an error or another value, as for Foundation`() {
        var random = Seeded(6)
        let bytes = Array(Self.text.utf8)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let (ours, theirs) = (try? read(AnyJSON.self, bytes: changed), try? JSONDecoder().decode(AnyJSON.self, from: Data(changed)))
            #expect(ours == theirs, "\(String(decoding: changed, as: UTF8.self))")
        }
    }

    @Test func `random bytes of JSON's alphabet are taken when Foundation takes them`() {
        var random = Seeded(7)
        let alphabet = Array("[]{},:\"\\0123456789-+.eEtruefalsn \n".utf8)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            let theirs = try? JSONDecoder().decode(AnyJSON.self, from: Data(bytes))
            let ours = try? read(AnyJSON.self, bytes: bytes)
            #expect((ours == nil) == (theirs == nil), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ChangeSerdeTests {
    let serde = Serde<Change<String>>.change(.string)

    @Test(arguments: [
        ("old" as String?, "new" as String?, "066e65776f6c6402"),
        (nil, "new", "6e657701"), ("old", nil, "6f6c6400"),
        ("", "", "0002"),
    ])
    func `a change keeps what it was and what it is`(_ old: String?, _ new: String?, _ hex: String) throws {
        let bytes = try serde.bytes(of: Change(old: old, new: new))
        #expect(bytes.hex == hex)
        let change = try serde.decode(bytes)
        #expect(change.old == old)
        #expect(change.new == new)
    }

    @Test func `a long value has its length in two bytes`() throws {
        let long = String(repeating: "x", count: 100)
        let bytes = try serde.bytes(of: Change(old: "old", new: long))
        #expect(bytes[0..<2] == [0xc8, 0x01])
        #expect(try serde.decode(bytes).new == long)
    }

    @Test(arguments: [[0, 0, 0, 1, 0x61, 0x62, 2], [0, 0, 0, 0, 2]] as [Bytes])
    func `a change as an older Millrace wrote it is refused, with what to do`(_ old: Bytes) {
        let error = #expect(throws: SerdeError.self) { try serde.decode(old) }
        #expect(error?.message.contains("reset the application") == true)
    }

    @Test func `broken changes are not decoded`() {
        #expect(throws: (any Error).self) { try serde.bytes(of: Change(old: nil, new: nil)) }
        for bytes: Bytes in [[], [9], [2], [18, 0, 0, 9, 1, 2], [0xff, 0xff, 0xff, 0xff, 2]] {
            #expect(throws: (any Error).self) { try serde.decode(bytes) }
        }
    }
}

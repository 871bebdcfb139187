import Foundation
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct WindowedKeyTests {
    /// Keys as the reference writes them: to topics, and to the changelogs of window and session stores.
    struct Vector: Decodable, Sendable {
        let key: String
        let start: Int64
        let end: Int64
        let timeWindowedKeyHex: String
        let sessionWindowedKeyHex: String
        let windowStoreKeyHexSeq0: String
        let sessionStoreKeyHex: String
    }

    static let vectors = text.split(separator: "\n").compactMap {
        try? JSONDecoder().decode(Vector.self, from: Data($0.utf8))
    }

    @Test func `all vectors are read`() { #expect(Self.vectors.count == 6) }

    @Test(arguments: vectors)
    func `windowed keys have the reference's bytes`(_ vector: Vector) throws {
        let key = Windowed(vector.key, Window(start: vector.start, end: vector.end))
        let size = vector.end - vector.start
        for (serde, hex) in [
            (Serde<Windowed<String>>.timeWindowed(.string, size: size), vector.timeWindowedKeyHex),
            (.sessionWindowed(.string), vector.sessionWindowedKeyHex),
            (.sessionWindowed(.string), vector.sessionStoreKeyHex),
        ] {
            let bytes = try serde.bytes(of: key)
            #expect(bytes.hex == hex)
            #expect(try serde.decode(bytes) == key)
        }
        for (layout, hex) in [
            (WindowLayout.starts(size: size), vector.windowStoreKeyHexSeq0), (.sessions, vector.sessionStoreKeyHex),
        ] {
            var writer = ByteWriter(capacity: 64)
            writer.write(utf8: vector.key)
            layout.write(layout.time(of: key.window), to: &writer)
            let bytes = writer.finish()
            #expect(bytes.hex == hex)
            let split = try layout.split(bytes)
            #expect(split.key.string == vector.key && layout.window(at: split.time) == key.window)
        }
    }

    @Test func `the end of a window does not overflow`() throws {
        let serde: Serde<Windowed<String>> = .timeWindowed(.string, size: 10)
        let key = Windowed("a", Window(start: .max - 5, end: .max))
        #expect(try serde.decode(try serde.bytes(of: key)) == key)
    }

    private static let text = #"""
        {"key":"a","start":0,"end":10,"timeWindowedKeyHex":"610000000000000000","sessionWindowedKeyHex":"61000000000000000a0000000000000000","windowStoreKeyHexSeq0":"61000000000000000000000000","windowStoreKeyHexSeq3":"61000000000000000000000003","sessionStoreKeyHex":"61000000000000000a0000000000000000"}
        {"key":"a","start":1700000000000,"end":1700000060000,"timeWindowedKeyHex":"610000018bcfe56800","sessionWindowedKeyHex":"610000018bcfe652600000018bcfe56800","windowStoreKeyHexSeq0":"610000018bcfe5680000000000","windowStoreKeyHexSeq3":"610000018bcfe5680000000003","sessionStoreKeyHex":"610000018bcfe652600000018bcfe56800"}
        {"key":"key","start":0,"end":10,"timeWindowedKeyHex":"6b65790000000000000000","sessionWindowedKeyHex":"6b6579000000000000000a0000000000000000","windowStoreKeyHexSeq0":"6b6579000000000000000000000000","windowStoreKeyHexSeq3":"6b6579000000000000000000000003","sessionStoreKeyHex":"6b6579000000000000000a0000000000000000"}
        {"key":"key","start":1700000000000,"end":1700000060000,"timeWindowedKeyHex":"6b65790000018bcfe56800","sessionWindowedKeyHex":"6b65790000018bcfe652600000018bcfe56800","windowStoreKeyHexSeq0":"6b65790000018bcfe5680000000000","windowStoreKeyHexSeq3":"6b65790000018bcfe5680000000003","sessionStoreKeyHex":"6b65790000018bcfe652600000018bcfe56800"}
        {"key":"","start":0,"end":10,"timeWindowedKeyHex":"0000000000000000","sessionWindowedKeyHex":"000000000000000a0000000000000000","windowStoreKeyHexSeq0":"000000000000000000000000","windowStoreKeyHexSeq3":"000000000000000000000003","sessionStoreKeyHex":"000000000000000a0000000000000000"}
        {"key":"","start":1700000000000,"end":1700000060000,"timeWindowedKeyHex":"0000018bcfe56800","sessionWindowedKeyHex":"0000018bcfe652600000018bcfe56800","windowStoreKeyHexSeq0":"0000018bcfe5680000000000","windowStoreKeyHexSeq3":"0000018bcfe5680000000003","sessionStoreKeyHex":"0000018bcfe652600000018bcfe56800"}
        """#
}

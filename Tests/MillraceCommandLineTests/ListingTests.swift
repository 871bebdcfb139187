import Foundation
import KafkaProtocol
import Testing

@testable import MillraceCommandLine

@Suite struct ListingTests {
    private func printed(_ listing: Listing, asJSON: Bool, title: String? = nil) throws -> String {
        let output = OutputWriter()
        listing.write(to: output, asJSON: asJSON, title: title)
        defer { output.buffer.removeAll() }
        return output.buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `rows are lines of JSON, or a table`() throws {
        var listing = Listing("topic", "endOffset", "isOpen", "replicas", "note")
        listing.add("a\"b", .init(7 as Int64?), .flag(true), .texts(["1", "2"]))
        listing.add("c", .init(nil as Int64?), .flag(false), .texts([]), "x")
        let lines = try printed(listing, asJSON: true).split(separator: "\n")
        #expect(
            lines == [
                #"{"topic":"a\"b","endOffset":7,"isOpen":true,"replicas":["1","2"],"note":null}"#,
                #"{"topic":"c","endOffset":null,"isOpen":false,"replicas":[],"note":"x"}"#,
            ])
        for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        #expect(
            try printed(listing, asJSON: false) == """
                topic  end offset  is open  replicas  note
                a"b             7  yes      1,2       -
                c               -  no       -         x

                """)
    }

    @Test func `an empty list is no lines, below its title`() throws {
        #expect(try printed(Listing("a"), asJSON: true, title: "T") == "")
        #expect(try printed(Listing("a"), asJSON: false) == "")
        #expect(try printed(Listing("a"), asJSON: false, title: "T") == "T\n")
    }
}

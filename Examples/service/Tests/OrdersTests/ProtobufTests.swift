import Adapters
import Millrace
import SwiftProtobuf
import Testing

@Suite struct ProtobufTests {
    @Test func `a message is read as it was written, and other bytes are none`() throws {
        let serde = Serde<Google_Protobuf_Timestamp>.protobuf
        let time = Google_Protobuf_Timestamp.with {
            $0.seconds = 1_700_000_000
            $0.nanos = 7
        }
        #expect(try serde.decode(serde.bytes(of: time)) == time)
        #expect(throws: (any Error).self) { try serde.decode(Bytes([0xff, 0xff])) }
    }
}

public import Millrace
public import SwiftProtobuf

extension Serde where Value: SwiftProtobuf.Message {
    /// A message of SwiftProtobuf as its bytes.
    public static var protobuf: Serde<Value> {
        Serde(
            encode: { message, writer in
                let bytes: [UInt8] = try message.serializedBytes()
                bytes.withUnsafeBytes { writer.write(raw: $0) }
            },
            decode: { bytes in try Value(serializedBytes: bytes.array) })
    }
}

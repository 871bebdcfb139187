internal import Foundation
public import KafkaProtocol

extension RecordFormat {
    /// The bytes that this text stands for, as the format shows it. Throws `ValueError` if it stands for none.
    public func bytes(of text: String) throws -> Bytes {
        var writer = ByteWriter()
        switch self {
        case .string: writer.write(utf8: text)
        case .int32: writer.write(try number(text) as Int32)
        case .int64: writer.write(try number(text) as Int64)
        case .double:
            guard let value = Double(text) else { throw refuse(text) }
            writer.write(value.bitPattern)
        case .json:
            let bytes = Bytes(utf8: text)
            try bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws in try writer.writeCompactJSON(buffer) }
        case .base64:
            guard let data = Data(base64Encoded: text) else { throw refuse(text) }
            writer.write(raw: Bytes(Array(data)))
        case .windowed, .session: throw ValueError("\(self) can only be read, not written")
        }
        return writer.finish()
    }

    /// The bytes that a JSON value stands for, as the format shows it: nil for null. Throws `ValueError` if it stands for none.
    func bytes(ofJSON value: Substring) throws -> Bytes? {
        if value == "null" { return nil }
        guard self != .json else { return try bytes(of: String(value)) }
        guard value.utf8.first == UInt8(ascii: "\"") else {
            guard self != .string, self != .base64 else { throw refuse(String(value)) }
            return try bytes(of: String(value))
        }
        return try bytes(of: try JSONDecoder().decode(String.self, from: Data(value.utf8)))
    }

    private func number<I: FixedWidthInteger>(_ text: String) throws -> I {
        guard let number = I(text) else { throw refuse(text) }
        return number
    }

    private func refuse(_ text: String) -> ValueError { ValueError("\"\(text.prefix(100))\" is no \(self)") }
}

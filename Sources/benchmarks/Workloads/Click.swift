import KafkaProtocol
import Millrace

/// The fields of a click's line `time,user,page,action,dwell`, found from its end.
struct Click {
    let page: Range<Int>
    let action: Range<Int>
    let dwell: Range<Int>

    /// Throws if the line has too few fields.
    @inline(__always)
    init(_ line: UnsafeRawBufferPointer) throws(SerdeError) {
        dwell = try Self.lastField(of: line, before: line.count)
        action = try Self.lastField(of: line, before: dwell.lowerBound - 1)
        page = try Self.lastField(of: line, before: action.lowerBound - 1)
    }

    @inline(__always)
    private static func lastField(of line: UnsafeRawBufferPointer, before end: Int) throws(SerdeError) -> Range<Int> {
        var at = end - 1
        while at >= 0 {
            if line[at] == UInt8(ascii: ",") { return at + 1..<end }
            at -= 1
        }
        throw SerdeError("a click with too few fields")
    }

    /// Whether the line's action is `click`.
    static func isClick(_ line: Bytes?) throws -> Bool {
        guard let line else { throw SerdeError("a click without a value") }
        return try line.withUnsafeBytes { bytes throws(SerdeError) in
            let action = try Click(bytes).action
            return action.count == 5 && bytes[action.lowerBound] == UInt8(ascii: "c")
                && bytes.loadUnaligned(fromByteOffset: action.lowerBound + 1, as: UInt32.self)
                    == UInt32(littleEndian: 0x6b63_696c)
        }
    }

    /// The page of a line, and the time spent on it. Throws if that is no number.
    static func visit(_ line: Bytes?) throws -> PageVisit {
        guard let line else { throw SerdeError("a click without a value") }
        let (page, time) = try line.withUnsafeBytes { bytes throws(SerdeError) in
            let click = try Click(bytes)
            guard !click.dwell.isEmpty, click.dwell.count < 19 else {
                throw SerdeError("a dwell time of \(click.dwell.count) digits")
            }
            var number: Int64 = 0
            for at in click.dwell {
                guard bytes[at] >= 0x30, bytes[at] <= 0x39 else { throw SerdeError("a dwell time that is no number") }
                number = number &* 10 &+ Int64(bytes[at] &- 0x30)
            }
            return (click.page, number)
        }
        return PageVisit(page: line[page], dwell: time)
    }
}

/// A page and how long a user was on it; written `page,dwell`.
struct PageVisit: Sendable {
    let page: Bytes
    let dwell: Int64
}

extension Serde where Value == PageVisit {
    /// The two fields as text.
    static var pageVisit: Serde<PageVisit> {
        Serde(
            encode: { visit, writer in
                writer.write(raw: visit.page)
                writer.write(UInt8(ascii: ","))
                writer.write(decimal: UInt64(max(0, visit.dwell)))
            },
            decode: { _ in throw SerdeError("page visits are only written") })
    }
}

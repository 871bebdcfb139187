import KafkaProtocol
import Millrace

/// The fields of a click's line `time,user,page,action,dwell`, found from its end.
struct Click {
    let line: Bytes
    let page: Range<Int>
    let action: Range<Int>
    let dwell: Range<Int>

    /// Throws if the line has too few fields.
    @inline(__always)
    init(_ line: Bytes?) throws {
        guard let line else { throw SerdeError("a click without a value") }
        self.line = line
        (page, action, dwell) = try line.withUnsafeBytes { bytes throws(SerdeError) in
            func comma(before end: Int) throws(SerdeError) -> Int {
                var at = end - 1
                while at >= 0, bytes[at] != UInt8(ascii: ",") { at -= 1 }
                guard at >= 0 else { throw SerdeError("a click with too few fields") }
                return at
            }
            let dwell = try comma(before: bytes.count)
            let action = try comma(before: dwell)
            let page = try comma(before: action)
            return (page + 1..<action, action + 1..<dwell, dwell + 1..<bytes.count)
        }
    }

    /// Whether the action is `click`.
    var isClick: Bool {
        line.withUnsafeBytes { bytes in
            action.count == 5 && bytes[action.lowerBound..<action.upperBound].elementsEqual("click".utf8)
        }
    }

    /// The time spent on the page. Throws if it is no number.
    func dwellTime() throws -> Int64 {
        try line.withUnsafeBytes { bytes throws(SerdeError) in
            guard !dwell.isEmpty, dwell.count < 19 else { throw SerdeError("a dwell time of \(dwell.count) digits") }
            var number: Int64 = 0
            for at in dwell {
                guard bytes[at] >= 0x30, bytes[at] <= 0x39 else { throw SerdeError("a dwell time that is no number") }
                number = number * 10 + Int64(bytes[at] - 0x30)
            }
            return number
        }
    }
}

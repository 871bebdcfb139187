internal import Foundation

/// A moment, as command lines give it.
public struct Datetime: Sendable, Equatable {
    /// Milliseconds since 1970.
    public let milliseconds: Int64

    /// Reads milliseconds since 1970, or ISO 8601 as in `2026-11-28T09:30:00.000Z`, `2026-11-28T09:30:00+01:00` or, in universal
    /// time, `2026-11-28T09:30:00` and `2026-11-28`. Throws `ValueError`.
    public init(parsing text: String) throws {
        if let number = Int64(text) {
            guard number >= 0 else { throw ValueError("\"\(text)\" is before 1970") }
            milliseconds = number
            return
        }
        guard let date = Self.date(text) else {
            throw ValueError(
                "\"\(text)\" is no time: write 2026-11-28T09:30:00Z, or milliseconds since 1970")
        }
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        guard milliseconds >= 0, milliseconds < 1e17 else { throw ValueError("\"\(text)\" is out of range") }
        self.milliseconds = Int64(milliseconds)
    }

    private static func date(_ text: String) -> Date? {
        let time = text.contains("T") ? text : "\(text)T00:00:00"
        let hasZone = time.hasSuffix("Z") || time.drop { $0 != "T" }.contains { $0 == "+" || $0 == "-" }
        let zoned = hasZone ? time : "\(time)Z"
        guard hasTimeOfDay(zoned) else { return nil }
        for isFractional in [false, true] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: isFractional)
            if let date = try? style.parse(zoned) { return date }
        }
        return nil
    }

    /// Foundation takes 25:00 for one o'clock of the next day.
    private static func hasTimeOfDay(_ text: String) -> Bool {
        let numbers = text.drop { $0 != "T" }.dropFirst().prefix(8).split(separator: ":").map { Int($0) ?? .max }
        return numbers.count == 3 && numbers[0] < 24 && numbers[1] < 60 && numbers[2] < 60
    }
}

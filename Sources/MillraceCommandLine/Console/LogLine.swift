#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How the lines of a log look: `2026-11-27T14:03:05.123Z WARN  orders-3: no space left on device`.
enum LogLine {
    /// A line without its end; `time` is in milliseconds since 1970. A message of several lines stays one entry: the others
    /// are indented.
    static func text(time: Int64, _ level: Console.Level, subject: String?, _ message: String) -> String {
        let subject = subject.map { "\($0): " } ?? ""
        return "\(timestamp(time)) \(word(level)) \(subject)\(message.replacing("\n", with: "\n    "))"
    }

    private static func word(_ level: Console.Level) -> String {
        switch level {
        case .error: "ERROR"
        case .warning: "WARN "
        case .info: "INFO "
        case .debug: "DEBUG"
        }
    }

    /// The time in UTC as in ISO 8601, with milliseconds.
    static func timestamp(_ milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var second = time_t(rest < 0 ? seconds - 1 : seconds)
        var parts = tm()
        guard gmtime_r(&second, &parts) != nil else { return "\(milliseconds)" }
        func digits(_ value: some BinaryInteger, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = "\(digits(Int64(parts.tm_year) + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        let time = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
        return "\(date)T\(time).\(digits(rest < 0 ? rest + 1000 : rest, 3))Z"
    }
}

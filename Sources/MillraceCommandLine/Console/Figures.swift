/// Figures for people.
public enum Figures {
    /// A count with a comma between groups of three digits: `1,234,567`.
    public static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `count` per second of `time`, as a count; 0 if no time has passed.
    public static func rate(_ count: Int, in time: Duration) -> String {
        let seconds = time / .seconds(1)
        return seconds > 0 ? self.count(Int(Double(count) / seconds)) : "0"
    }

    /// A duration in one unit, or two from a minute on: `15 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`.
    public static func duration(_ time: Duration) -> String {
        let seconds = time / .seconds(1)
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 59.95 { return "\((seconds * 10).rounded() / 10) s" }
        let whole = Int(min(seconds, 1e15).rounded())
        return whole < 3600
            ? "\(whole / 60) min \(whole % 60) s" : "\(count(whole / 3600)) h \(whole % 3600 / 60) min"
    }

    /// A number of bytes in the largest binary unit that fits: `512 B`, `1.5 KiB`, `20 MiB`.
    public static func bytes(_ value: Int) -> String {
        var amount = Double(value)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if abs(amount) < 1024 || unit == "GiB" {
                let rounded = (amount * 10).rounded() / 10
                return rounded == rounded.rounded() ? "\(Int(rounded)) \(unit)" : "\(rounded) \(unit)"
            }
            amount /= 1024
        }
        return "\(value) B"
    }
}

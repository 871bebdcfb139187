/// A time of the Gregorian calendar in UTC.
struct CalendarTime: Equatable, Sendable {
    var year: Int64
    var month: Int
    var day: Int64
    var secondOfDay: Int64

    /// The time so many seconds since 1970.
    init(second: Int64) {
        let days = Int64((Double(second) / 86400).rounded(.down))
        secondOfDay = second - days * 86400
        // Years that begin in March have the leap day last; 400 of them have 146,097 days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The time so many milliseconds since 1970.
    init(millisecond: Int64) { self.init(second: Int64((Double(millisecond) / 1000).rounded(.down))) }

    /// `14:05`
    var hourAndMinute: String { "\(twoDigits(secondOfDay / 3600)):\(twoDigits(secondOfDay / 60 % 60))" }

    /// `14:05:09`
    var clock: String { "\(hourAndMinute):\(twoDigits(secondOfDay % 60))" }

    /// `1995-07-09`
    var date: String { "\(year)-\(twoDigits(Int64(month)))-\(twoDigits(day))" }

    /// `09/Jul/1995:14:05:09 +0000`, as Common Log Format has it.
    var logText: String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(twoDigits(day))/\(names[month - 1])/\(year):\(clock) +0000"
    }
}

private func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

/// The text of log times, made once a second.
struct LogClock {
    private var second: Int64 = .min
    private var current = ""

    /// The text for a second since 1970.
    mutating func text(_ second: Int64) -> String {
        if second < self.second { return CalendarTime(second: second).logText }
        if second > self.second {
            self.second = second
            current = CalendarTime(second: second).logText
        }
        return current
    }
}

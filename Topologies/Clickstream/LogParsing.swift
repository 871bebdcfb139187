import KafkaProtocol

/// Reads a line of Common or Combined Log Format:
/// `user ident name [dd/Mon/yyyy:hh:mm:ss ±hhmm] "METHOD target HTTP/n.n" status size ...`, the protocol being
/// optional. What follows the size is not looked at.
func parseCommonLogLine(_ line: Bytes) -> LogLine {
    line.withUnsafeBytes { bytes -> LogLine in
        var scanner = LineScanner(bytes)
        if scanner.end == 0 { return .blank }
        func malformed(_ reason: String) -> LogLine { .malformed(line, reason: reason) }
        guard let user = scanner.word(), scanner.skip(" ") else { return malformed("no user") }
        guard scanner.word() != nil, scanner.skip(" "), scanner.word() != nil, scanner.skip(" ") else {
            return malformed("no identity and name after the user")
        }
        guard scanner.skip("["), let time = scanner.commonTime(), scanner.skip("]"), scanner.skip(" ") else {
            return malformed("no time of the form [dd/Mon/yyyy:hh:mm:ss +hhmm]")
        }
        guard scanner.skip("\""), scanner.upperCaseWord(), scanner.skip(" ") else {
            return malformed("no request of the form \"METHOD target\"")
        }
        guard var target = scanner.word() else { return malformed("no target in the request") }
        if scanner.skipProtocol() {
            guard scanner.skip("\"") else { return malformed("no quote after the request") }
        } else {
            guard target.count > 1, bytes[target.upperBound - 1] == UInt8(ascii: "\"") else {
                return malformed("the request is not \"METHOD target HTTP/n.n\"")
            }
            target = target.lowerBound..<target.upperBound - 1
        }
        guard scanner.skip(" "), scanner.number(digits: 3) != nil, scanner.skip(" ") else {
            return malformed("no status of three digits")
        }
        guard scanner.skip("-") || scanner.digits(), scanner.isAtEnd || scanner.skip(" ") else {
            return malformed("no size")
        }
        return .event(AccessEvent(user: line[user], page: line[target], time: time * 1000))
    }
}

/// Reads a line of the EDGAR log: comma-separated, with the address in field 1, date and time in 2 and 3 (UTC) and the
/// filing in 6.
func parseEdgarLine(_ line: Bytes) -> LogLine {
    line.withUnsafeBytes { bytes -> LogLine in
        var scanner = LineScanner(bytes)
        if scanner.end == 0 || scanner.starts(with: "ip,date,time,") { return .blank }
        func malformed(_ reason: String) -> LogLine { .malformed(line, reason: reason) }
        guard let user = scanner.field(), !user.isEmpty else { return malformed("no address") }
        guard let time = scanner.edgarTime() else { return malformed("no time of the form yyyy-mm-dd,hh:mm:ss") }
        guard scanner.field() != nil, scanner.field() != nil, let page = scanner.field(), !page.isEmpty else {
            return malformed("fewer than 6 fields")
        }
        return .event(AccessEvent(user: line[user], page: line[page], time: time * 1000))
    }
}

/// Moves along the bytes of a line, which ends before one trailing carriage return.
private struct LineScanner {
    // Made once, not for each line.
    static let monthNames: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    static let monthLengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    let bytes: UnsafeRawBufferPointer
    let end: Int
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        end = bytes.last == UInt8(ascii: "\r") ? bytes.count - 1 : bytes.count
    }

    var isAtEnd: Bool { position == end }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= end else { return false }
        return (0..<count).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
    }

    /// One or more bytes that are not white space.
    mutating func word() -> Range<Int>? {
        let start = position
        while position < end, bytes[position] != 0x20, !(0x09...0x0d).contains(bytes[position]) { position += 1 }
        return position > start ? start..<position : nil
    }

    mutating func upperCaseWord() -> Bool {
        let start = position
        while position < end, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[position]) { position += 1 }
        return position > start
    }

    mutating func digits() -> Bool {
        let start = position
        while position < end, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position > start
    }

    mutating func number(digits count: Int) -> Int64? {
        guard position + count <= end else { return nil }
        var value: Int64 = 0
        for index in position..<position + count {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            value = value * 10 + Int64(bytes[index] - 0x30)
        }
        position += count
        return value
    }

    /// ` HTTP/n.n`
    mutating func skipProtocol() -> Bool {
        let start = position
        guard starts(with: " HTTP/") else { return false }
        position += 6
        if number(digits: 1) != nil, skip("."), number(digits: 1) != nil { return true }
        position = start
        return false
    }

    /// The bytes up to the next comma, which is passed, or the end.
    mutating func field() -> Range<Int>? {
        guard position <= end else { return nil }
        let start = position
        while position < end, bytes[position] != UInt8(ascii: ",") { position += 1 }
        defer { position += 1 }
        return start..<position
    }

    /// `dd/Mon/yyyy:hh:mm:ss ±hhmm` as seconds since the epoch.
    mutating func commonTime() -> Int64? {
        guard let day = number(digits: 2), skip("/"), let month = monthName(), skip("/"),
            let year = number(digits: 4), skip(":"), let second = clockTime(), skip(" ")
        else { return nil }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), let minutes = number(digits: 2), minutes < 60,
            let date = daysSinceEpoch(year, month, day)
        else { return nil }
        return date * 86400 + second - sign * (hours * 3600 + minutes * 60)
    }

    /// `yyyy-mm-dd,hh:mm:ss,` as seconds since the epoch.
    mutating func edgarTime() -> Int64? {
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
            let day = number(digits: 2), skip(","), let second = clockTime(), skip(","),
            let date = daysSinceEpoch(year, month, day)
        else { return nil }
        return date * 86400 + second
    }

    private mutating func clockTime() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60,
            skip(":"),
            let second = number(digits: 2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private mutating func monthName() -> Int64? {
        guard let index = Self.monthNames.firstIndex(where: { starts(with: $0) }) else { return nil }
        position += 3
        return Int64(index + 1)
    }

    /// The day's number in the Gregorian calendar, 0 being 1 January 1970; nil if there is no such day.
    private func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        guard (1...12).contains(month), day >= 1 else { return nil }
        guard day <= (month == 2 && isLeap ? 29 : Self.monthLengths[Int(month - 1)]) else { return nil }
        // Years that begin in March have the leap day last; 400 of them have 146,097 days.
        let y = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719468
    }
}

/// Lets messages that come again and again through at growing intervals, with how often they came meanwhile, so that a
/// fault which lasts is told of without a flood. It knows no clock: times are in milliseconds of any.
///
/// The same message about the same subject counts as repeated from its second time on; messages of one kind, which differ
/// in subject and numbers, once there were many of them within a minute.
struct RepeatFilter: Sendable {
    /// What is told.
    struct Entry: Equatable, Sendable {
        var subject: String?
        var message: String
    }

    private var same = RepeatLimiter(burst: 1, firstInterval: 5_000)
    private var alike = RepeatLimiter(burst: 25, firstInterval: 60_000)

    /// What to tell now: others that were held back until now, and the message, if it is not held back itself.
    mutating func take(_ entry: Entry, now: Int64) -> [Entry] {
        let due = takeDue(now: now)
        guard same.passes(entry, as: "\(entry.subject ?? "")\n\(entry.message)", now: now),
            alike.passes(entry, as: Self.kind(of: entry.message), now: now)
        else { return due }
        return due + [entry]
    }

    /// Messages that were held back and whose interval is over; with `.max` all that were held back.
    mutating func takeDue(now: Int64) -> [Entry] { same.takeDue(now: now) + alike.takeDue(now: now) }

    /// The message with all numbers made one.
    private static func kind(of message: String) -> String {
        var kind: [UInt8] = []
        for byte in message.utf8 {
            let byte = byte.isDigit ? UInt8(ascii: "0") : byte
            if byte != UInt8(ascii: "0") || kind.last != byte { kind.append(byte) }
        }
        return String(decoding: kind, as: UTF8.self)
    }
}

/// Counts entries by key: `burst` of them pass within an interval, the others are told of as one when it ends. After
/// that the interval is twice as long, until the key has been quiet for the length of one.
struct RepeatLimiter: Sendable {
    private struct Series {
        var begin: Int64
        var interval: Int64
        var passesLeft: Int
        var heldBack = 0
        var last: RepeatFilter.Entry

        var end: Int64 {
            let (end, isTooFar) = begin.addingReportingOverflow(interval)
            return isTooFar ? .max : end
        }
    }

    private static let longestInterval: Int64 = 600_000
    /// The most keys that are remembered; more pass uncounted.
    private static let capacity = 1000

    private let burst: Int
    private let firstInterval: Int64
    private var series: [String: Series] = [:]
    /// When the first interval ends.
    private var nextEnd = Int64.max

    init(burst: Int, firstInterval: Int64) {
        self.burst = burst
        self.firstInterval = firstInterval
    }

    /// Whether the entry is to be told now; if not, it is held back.
    mutating func passes(_ entry: RepeatFilter.Entry, as key: String, now: Int64) -> Bool {
        guard var known = series[key] else {
            guard series.count < Self.capacity else { return true }
            let first = Series(begin: now, interval: firstInterval, passesLeft: burst - 1, last: entry)
            series[key] = first
            nextEnd = min(nextEnd, first.end)
            return true
        }
        defer { series[key] = known }
        known.last = entry
        guard known.passesLeft > 0 else {
            known.heldBack += 1
            return false
        }
        known.passesLeft -= 1
        return true
    }

    /// What was held back in intervals that are over. Begins the next interval of their keys, and forgets those that were quiet.
    mutating func takeDue(now: Int64) -> [RepeatFilter.Entry] {
        guard nextEnd <= now else { return [] }
        var due: [RepeatFilter.Entry] = []
        let over = series.filter { $0.value.end <= now }.sorted { $0.value.begin < $1.value.begin }
        for (key, before) in over {
            guard before.heldBack > 0 else {
                series[key] = nil
                continue
            }
            var entry = before.last
            let time = Figures.duration(.milliseconds(before.interval))
            entry.message += " (\(Figures.count(before.heldBack)) more like it in \(time))"
            due.append(entry)
            var next = before
            (next.begin, next.heldBack, next.passesLeft) = (now, 0, 0)
            next.interval = min(before.interval * 2, Self.longestInterval)
            series[key] = next
        }
        nextEnd = series.values.map(\.end).min() ?? .max
        return due
    }
}

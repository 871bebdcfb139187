import KafkaProtocol

/// What to tell a user of what is waited for, and when: soon at first, then at growing intervals, and once when it is over.
/// Without I/O.
struct WaitReporter {
    /// After how many milliseconds of waiting it is told for the first time.
    static let patience: Int64 = 2000
    /// The first and the longest interval after that.
    static let intervals: ClosedRange<Int64> = 5000...300_000
    /// How many reasons are told at once.
    static let mostReasons = 4

    /// What to tell now.
    enum Report: Equatable, Sendable {
        case waiting(String, milliseconds: Int64, isOutage: Bool)
        case over(milliseconds: Int64)
    }

    private var toldSince: Int64?
    private var toldAt: Int64 = 0
    private var toldOutage = false
    private var interval = Self.intervals.lowerBound

    /// What to tell, and when to look again if nothing changes before.
    mutating func poll(_ waits: [WaitBoard.Wait], nextLate: Int64?, now: Int64) -> (report: Report?, wakeAt: Int64?) {
        guard let oldest = waits.map(\.since).min() else {
            guard let since = toldSince else { return (nil, nextLate) }
            toldSince = nil
            return (.over(milliseconds: now - since), nextLate)
        }
        let isOutage = waits.contains { $0.isOutage && $0.since.saturatingAdd(Self.patience) <= now }
        // Whether brokers are the cause is told at once.
        let hasTurned = toldSince != nil && isOutage != toldOutage
        let due = toldSince == nil ? oldest.saturatingAdd(Self.patience) : hasTurned ? now : toldAt.saturatingAdd(interval)
        guard due <= now else { return (nil, min(due, nextLate ?? .max)) }
        interval = toldSince == nil || hasTurned ? Self.intervals.lowerBound : min(interval * 2, Self.intervals.upperBound)
        toldSince = min(toldSince ?? oldest, oldest)
        toldAt = now
        toldOutage = isOutage
        let report = Report.waiting(Self.text(of: waits), milliseconds: now - (toldSince ?? now), isOutage: isOutage)
        return (report, min(now.saturatingAdd(interval), nextLate ?? .max))
    }

    /// What waits in one line: by reason, with an example of what each holds up.
    static func text(of waits: [WaitBoard.Wait]) -> String {
        let byReason = Dictionary(grouping: waits, by: \.reason)
            .map { reason, waits in (reason, waits.sorted { ($0.since, $0.what) < ($1.since, $1.what) }) }
            .sorted { ($0.1[0].since, $0.0) < ($1.1[0].since, $1.0) }
        var parts = byReason.prefix(mostReasons).map { reason, waits in
            let more = waits.count > 1 ? " and \(waits.count - 1) more" : ""
            return "\(waits[0].what)\(more) (\(reason))"
        }
        if byReason.count > mostReasons { parts.append("and \(byReason.count - mostReasons) other reasons") }
        return parts.joined(separator: "; ")
    }
}

extension KafkaClient {
    /// Tells what this client, its producers and its consumers wait for: within five seconds, then at growing intervals of
    /// up to five minutes, and once when it is over. Runs until it is cancelled.
    public func reportWaits(_ tell: @Sendable (WaitReport) -> Void) async {
        var reporter = WaitReporter()
        while !Task.isCancelled {
            let seen = waits.changed.version
            let now = environment.now()
            let (waiting, nextLate) = waits.look(lateAt: now, patience: WaitReporter.patience)
            let (report, wakeAt) = reporter.poll(waiting, nextLate: nextLate, now: now)
            switch report {
            case .waiting(let text, let time, let isOutage)?:
                tell(.waiting(text, for: .milliseconds(time), isOutage: isOutage))
            case .over(let time)?: tell(.over(after: .milliseconds(time)))
            case nil: break
            }
            // Requests begin without a notice, so there is a look from time to time.
            let pause = max(1, min((wakeAt ?? .max).saturatingSubtract(now), WaitReporter.patience))
            await waits.changed.wait(after: seen, atMost: pause, environment)
        }
    }
}

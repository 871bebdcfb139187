/// How far the results are behind the input: when results arrive, the age of the oldest input that they newly cover.
struct LatencyMeter: Sendable {
    private struct Sample {
        var time: ContinuousClock.Instant
        var count: Int64
    }

    private var sent: [Sample] = []
    private var first = 0
    /// The last measurement.
    private(set) var latency: Duration?

    /// So many lines have been sent.
    mutating func noteSent(_ count: Int64, at time: ContinuousClock.Instant) {
        guard count > sent.last?.count ?? 0 else { return }
        sent.append(Sample(time: time, count: count))
    }

    /// So many lines are in the results.
    mutating func noteSeen(_ count: Int64, at time: ContinuousClock.Instant) {
        guard first < sent.count, sent[first].count <= count else { return }
        latency = time - sent[first].time
        while first < sent.count, sent[first].count <= count { first += 1 }
        if first > 1024 {
            sent.removeFirst(first)
            first = 0
        }
    }
}

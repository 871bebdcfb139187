/// How fast a count grows, over the last seconds.
struct RateMeter: Sendable {
    private struct Sample {
        var time: ContinuousClock.Instant
        var count: Int64
    }

    private let span: Duration
    private var samples: [Sample] = []

    init(over span: Duration = .seconds(2)) { self.span = span }

    /// Takes in the count at a time, and gives the growth a second since `span` ago.
    mutating func rate(_ count: Int64, at time: ContinuousClock.Instant) -> Double {
        samples.append(Sample(time: time, count: count))
        while samples.count > 2, time - samples[1].time >= span { samples.removeFirst() }
        let past = (time - samples[0].time) / .seconds(1)
        return past > 0 ? Double(count - samples[0].count) / past : 0
    }
}

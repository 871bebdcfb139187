/// How often latencies came, by tenths of a millisecond; those of ten minutes and more count as ten minutes.
struct Latencies: Sendable {
    private var counts: [Int] = []
    private(set) var count = 0

    mutating func add(microseconds: Int64) {
        let place = Int(min(max(0, microseconds) / 100, 6_000_000))
        if counts.count <= place { counts += Array(repeating: 0, count: place + 1 - counts.count) }
        counts[place] += 1
        count += 1
    }

    /// The milliseconds that this part of the latencies does not exceed; 1 gives the largest.
    func milliseconds(of part: Double) -> Double {
        var left = max(1, Int((Double(count) * part).rounded(.up)))
        for (place, number) in counts.enumerated() {
            left -= number
            if left <= 0 { return Double(place) / 10 }
        }
        return 0
    }
}

import KafkaProtocol

/// How much a task may do before it looks up again: a number of records or a time, whichever ends first.
///
/// The clock is looked at every `stride` records. The stride follows the speed of the records, so that looking costs
/// nothing that shows where they are quick, and comes after each one where they are slow.
@usableFromInline
package struct WorkSlice {
    /// How many records may still be processed.
    @usableFromInline var left: Int
    /// How many have been processed.
    @usableFromInline private(set) var processed = 0
    /// After how many records the clock is looked at.
    private(set) var stride: Int
    private var sinceLook = 0
    private let end: Int64
    private var lookedAt: Int64
    private let now: () -> Int64

    /// The longest stride: so many records may take effect before a step that has become slow is noticed.
    static let longestStride = 64

    /// Up to `limit` records, for `milliseconds` of the clock `now`.
    package init(limit: Int = .max, milliseconds: Int64 = .max, stride: Int = 1, now: @escaping () -> Int64 = { 0 }) {
        self.now = now
        self.stride = stride
        left = limit
        lookedAt = now()
        end = lookedAt.saturatingAdd(milliseconds)
    }

    /// The time of the last look.
    var time: Int64 { lookedAt }

    /// How many records to process before the next call of `note`; 0 when the slice is over.
    @usableFromInline var next: Int { min(left, stride - sinceLook) }

    /// So many records, at most `next`, have been processed.
    @usableFromInline
    mutating func note(_ count: Int) {
        processed += count
        left -= count
        sinceLook += count
        if sinceLook >= stride { look() }
    }

    private mutating func look() {
        let time = now()
        let taken = time - lookedAt
        lookedAt = time
        sinceLook = 0
        if time >= end { left = 0 }
        if taken <= 0 {
            stride = min(stride * 2, Self.longestStride)
        } else if taken > 1 {
            stride = max(1, stride / Int(clamping: taken))
        }
    }
}

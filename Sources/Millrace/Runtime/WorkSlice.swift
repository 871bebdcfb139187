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
    private let interruption: Interruption?
    /// Whether records stop until the interruption is over.
    private var isInterrupted = false
    /// When the next one may come: between two of them so much time is for records as the first has taken, or more.
    private var nextInterruption: Int64
    private let end: Int64
    private var lookedAt: Int64
    private let now: () -> Int64

    /// The longest stride: so many records may take effect before a step that has become slow is noticed.
    static let longestStride = 64

    /// What is done in the middle of a slice, between two records, where it is wanted.
    package struct Interruption {
        let isWanted: () -> Bool
        let take: () -> Void
    }

    /// Up to `limit` records, for `milliseconds` of the clock `now`.
    package init(
        limit: Int = .max, milliseconds: Int64 = .max, stride: Int = 1, interruption: Interruption? = nil,
        now: @escaping () -> Int64 = { 0 }
    ) {
        self.now = now
        self.interruption = interruption
        self.stride = stride
        left = limit
        lookedAt = now()
        end = lookedAt.saturatingAdd(milliseconds)
        nextInterruption = lookedAt.saturatingAdd(1)
    }

    /// A slice of up to `limit` records within this one, at the time of its last look.
    func part(limit: Int) -> WorkSlice {
        var part = self
        part.left = min(limit, next)
        part.processed = 0
        part.sinceLook = 0
        // Whoever has the part looks at the clock, not the part.
        part.stride = .max
        return part
    }

    /// The time of the last look.
    var time: Int64 { lookedAt }

    /// How many records to process before the next call of `note`; 0 when the slice is over, or interrupted.
    @usableFromInline var next: Int { isInterrupted ? 0 : min(left, stride - sinceLook) }

    /// Whether there may be more records, after the interruption that is wanted, if one is.
    mutating func goesOn() -> Bool {
        if isInterrupted {
            isInterrupted = false
            interruption?.take()
            let time = now()
            nextInterruption = time.saturatingAdd(max(1, time.saturatingSubtract(lookedAt)))
            lookedAt = time
            if time >= end { left = 0 }
        }
        return next > 0
    }

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
        isInterrupted = left > 0 && time >= nextInterruption && interruption?.isWanted() ?? false
        if taken <= 0 {
            stride = min(stride * 2, Self.longestStride)
        } else if taken > 1 {
            stride = max(1, stride / Int(clamping: taken))
        }
    }
}

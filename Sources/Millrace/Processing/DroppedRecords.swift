/// How many records steps left out, by what was wrong with them: Kafka Streams' `dropped-records` counts.
public struct DroppedRecords: Sendable, Hashable {
    /// Too late for a window, or older than what is kept of their key.
    public var late: Int64 = 0
    /// Without a key or a value that the step needs.
    public var null: Int64 = 0
    /// With a negative timestamp.
    public var badTime: Int64 = 0
    /// For reasons of processors, and answers of foreign-key joins that came after the row had changed again.
    public var other: Int64 = 0

    /// None.
    public init() {}

    /// All of them.
    public var total: Int64 { late + null + badTime + other }

    /// The sum of two counts.
    public static func + (a: DroppedRecords, b: DroppedRecords) -> DroppedRecords {
        var sum = a
        sum.late += b.late
        sum.null += b.null
        sum.badTime += b.badTime
        sum.other += b.other
        return sum
    }
}

/// Why a step leaves out a record.
@usableFromInline
enum DropReason: String {
    case late
    case null
    case badTime = "bad-time"
    case other
}

extension TaskContext {
    /// Counts a record that a step leaves out.
    @usableFromInline
    func drop(_ reason: DropReason) {
        switch reason {
        case .late: dropped.late += 1
        case .null: dropped.null += 1
        case .badTime: dropped.badTime += 1
        case .other: dropped.other += 1
        }
        if notesDrops { note(reason) }
    }
}

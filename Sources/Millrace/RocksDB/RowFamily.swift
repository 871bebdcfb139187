import KafkaProtocol

/// A set of rows of a backing that is scanned, cleared and dropped as a whole: a store, or one time segment of a store.
final class RowFamily {
    /// Its name in the backing.
    let name: String
    /// How many rows there are, if all that changed them said truly which rows were new.
    var rowCount: Int
    /// What the keys of its rows begin with. A family that was cleared has another; none is used twice.
    var number: UInt32
    /// Where its rows are in the buffers of this process.
    var place: Int
    /// Whether rows of it may be in files.
    var isInFiles: Bool

    init(name: String, number: UInt32, place: Int, rowCount: Int = 0, isInFiles: Bool = false) {
        self.name = name
        self.number = number
        self.place = place
        self.rowCount = rowCount
        self.isInFiles = isInFiles
    }

    static let prefixSize = 4
}

/// Which rows of a family a scan gives: those whose keys are not before `lower` and before `upper`, in the order of bytes.
struct RowRange {
    /// Nil for no bound.
    let lower: Bytes?
    /// Nil for no bound.
    let upper: Bytes?

    /// Keys from one to before another.
    init(from lower: Bytes? = nil, below upper: Bytes? = nil) {
        self.lower = lower
        self.upper = upper
    }

    /// Keys from one to another, both included.
    init(from lower: Bytes?, through upper: Bytes?) {
        self.init(from: lower, below: upper.map { Bytes($0.array + [0]) })
    }

    /// Keys that begin with `prefix`.
    init(prefix: Bytes) {
        var end = prefix.array
        while end.last == 0xff { end.removeLast() }
        if let last = end.popLast() { end.append(last + 1) }
        self.init(from: prefix, below: end.isEmpty ? nil : Bytes(end))
    }

    /// Whether no key can lie in it.
    var isEmpty: Bool {
        guard let lower, let upper else { return upper?.isEmpty == true }
        return !(lower < upper)
    }
}

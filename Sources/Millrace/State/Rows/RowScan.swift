public import KafkaProtocol

/// A walk through rows of a table in the order of their keys' bytes, forwards or backwards: those that there were when it
/// began, each as it is when it is reached, without those that have gone by then. It compares keys when it begins only.
@usableFromInline
final class RowScan<Value> {
    @usableFromInline let table: RowTable<Value>
    private let order: RowOrder
    /// What is left lies between these.
    private var next: RowOrder.Place
    private var end: RowOrder.Place
    private let isReversed: Bool
    private var isOver = false

    @usableFromInline
    init(_ table: RowTable<Value>, _ bounds: RowBounds, isReversed: Bool) {
        self.table = table
        self.isReversed = isReversed
        order = table.currentOrder()
        let order = order
        func place(_ bound: Bytes, isAfter: Bool) -> RowOrder.Place {
            bound.withUnsafeBytes { order.place(of: $0, isAfter: isAfter, table.key) }
        }
        let first = bounds.from.map { place($0, isAfter: false) } ?? order.start
        let last =
            switch bounds.upper {
            case .none: order.end
            case .through(let key): place(key, isAfter: true)
            case .below(let key): place(key, isAfter: false)
            }
        (next, end) = (first, last)
        isOver = first >= last
        if !isOver { table.scans += 1 }
    }

    deinit { finish() }

    /// The next row; nil after the last.
    @usableFromInline
    func nextRef() -> RowTable<Value>.Ref? {
        while !isOver {
            let place = isReversed ? order.previous(end) : next
            let ref = order[place]
            let isThere = table.hasValue(ref)
            if isReversed { end = place } else { next = order.next(place) }
            if next == end { finish() }
            if isThere { return ref }
        }
        return nil
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        table.scanEnded()
    }
}

/// Which rows a scan walks through, by the bytes of their keys.
@usableFromInline
struct RowBounds: Sendable {
    @usableFromInline
    enum Upper: Sendable {
        case none
        /// The last one is that key or comes before it.
        case through(Bytes)
        /// All come before that key.
        case below(Bytes)
    }

    @usableFromInline var from: Bytes?
    @usableFromInline var upper: Upper

    @usableFromInline
    init(from: Bytes? = nil, through last: Bytes? = nil) {
        self.from = from
        upper = last.map { .through($0) } ?? .none
    }

    /// Keys that begin with those bytes.
    @usableFromInline
    init(prefix: Bytes) {
        from = prefix
        // The first key after all of those: what the bytes are as a number, plus one.
        var next = prefix.withUnsafeBytes { Array($0) }
        while next.last == .max { next.removeLast() }
        if let last = next.indices.last { next[last] += 1 }
        upper = next.isEmpty ? .none : .below(Bytes(next))
    }

    /// What comes after that key in a walk.
    func after(_ key: Bytes, isReversed: Bool) -> RowBounds {
        var left = self
        if isReversed {
            left.upper = .below(key)
        } else {
            // The next key there can be has one more byte.
            left.from = Bytes(key.withUnsafeBytes { Array($0) } + [0])
        }
        return left
    }
}

public import KafkaProtocol

/// What was changed in a store since the last flush: a place in it, what was there then, and the headers of the record that
/// changed it last. Whoever keeps the place's number (its link) adds to its change instead of making another.
@usableFromInline
struct ChangeList<Place, Value> {
    @usableFromInline
    struct Change {
        /// Nil for a change that came to nothing.
        @usableFromInline var place: Place?
        @usableFromInline let old: Value?
        @usableFromInline var headers: [RecordHeader]
        /// Tells in which order last changes came.
        @usableFromInline var turn: Int

        @inlinable init(place: Place, old: Value?, headers: [RecordHeader], turn: Int) {
            self.place = place
            self.old = old
            self.headers = headers
            self.turn = turn
        }
    }

    @usableFromInline var changes: [Change] = []
    @usableFromInline var turns = 0
    @usableFromInline var isReordered = false
    /// How many changes there have been in all, and to places that had been changed since the last flush.
    @usableFromInline var use = CacheUse()

    @inlinable init() {}

    @inlinable var isEmpty: Bool { changes.isEmpty }

    /// About how many bytes the changes hold back, with rows of that size.
    @inlinable
    func bytes(row: Int) -> Int { changes.count &* (MemoryLayout<Change>.stride &+ row) }

    /// The bytes of its memory, used or not.
    @inlinable var size: Int { changes.capacity &* MemoryLayout<Change>.stride }

    /// Adds the first change of a place, and gives its link.
    @inlinable
    mutating func add(_ place: Place, old: Value?, headers: [RecordHeader]) -> Int32 {
        turns &+= 1
        use.updates &+= 1
        changes.append(Change(place: place, old: old, headers: headers, turn: turns))
        return Int32(truncatingIfNeeded: changes.count &- 1)
    }

    /// Takes note that a place was changed again.
    @inlinable
    mutating func touch(_ link: Int32, headers: [RecordHeader], movesToEnd: Bool) {
        let number = Int(link)
        use.updates &+= 1
        use.hits &+= 1
        if !(headers.isEmpty && changes[number].headers.isEmpty) { changes[number].headers = headers }
        guard movesToEnd, number != changes.count - 1 else { return }
        turns &+= 1
        changes[number].turn = turns
        isReordered = true
    }

    /// Takes a change back.
    @inlinable
    mutating func cancel(_ link: Int32) {
        if Int(link) == changes.count - 1 { changes.removeLast() } else { changes[Int(link)].place = nil }
    }

    /// Takes the changes out, in the order of their first or of their last ones. The list's memory is in `changes` from then
    /// on, to be given back.
    @inlinable
    mutating func take(byLast: Bool) -> [Change] {
        var taken: [Change] = []
        swap(&taken, &changes)
        if isReordered, byLast { taken.sort { $0.turn < $1.turn } }
        isReordered = false
        return taken
    }

    /// Gives the memory of what was taken back for the next round.
    @inlinable
    mutating func reuse(_ taken: inout [Change]) {
        guard changes.isEmpty else { return }
        swap(&taken, &changes)
        changes.removeAll(keepingCapacity: true)
    }
}

/// What holding updates back until a flush has come to.
@usableFromInline
struct CacheUse: Sendable {
    /// How many updates there were.
    @usableFromInline var updates = 0
    /// Those of rows of which one was held back already: both go on as one.
    @usableFromInline var hits = 0

    @inlinable init() {}
}

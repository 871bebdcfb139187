/// An entry of a row that has several.
@usableFromInline
protocol TimedEntry {
    var time: EntryTime { get }
    /// Whether it has changed since the last flush.
    var isChanged: Bool { get }
}

extension TimedEntry {
    @inlinable var isChanged: Bool { false }
}

/// The entries of a row in order of their times.
@usableFromInline
struct OrderedEntries<Entry: TimedEntry> {
    @usableFromInline var entries: [Entry] = []
    /// How many of the first have gone.
    @usableFromInline var gone = 0

    @inlinable init() {}

    @inlinable var isEmpty: Bool { gone == entries.count }
    @inlinable var count: Int { entries.count - gone }
    @inlinable var start: Int { gone }
    @inlinable var end: Int { entries.count }
    @inlinable var first: Entry? { gone < entries.count ? entries[gone] : nil }

    @inlinable
    subscript(place: Int) -> Entry {
        get { entries[place] }
        _modify { yield &entries[place] }
    }

    /// The place of the first entry of that time or a later one.
    @inlinable
    func place(of time: EntryTime) -> Int {
        var (low, high) = (gone, entries.count)
        // Nearly always all are before, or all but the last.
        if high == low || entries[high - 1].time < time { return high }
        if high - low == 1 || entries[high - 2].time < time { return high - 1 }
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The place of the first entry that comes after that time.
    @inlinable
    func place(after time: EntryTime) -> Int {
        time.rank == .max ? (time.time == .max ? end : place(of: EntryTime(time.time + 1, .min))) : place(of: EntryTime(time.time, time.rank + 1))
    }

    /// The place of the entry of exactly that time.
    @inlinable
    func find(_ time: EntryTime) -> Int? {
        let place = place(of: time)
        return place < entries.count && entries[place].time == time ? place : nil
    }

    @inlinable
    mutating func insert(_ entry: Entry, at place: Int) { entries.insert(entry, at: place) }

    @inlinable
    mutating func remove(at place: Int) {
        entries.remove(at: place)
        tidy()
    }

    /// Removes the entries before a place.
    @inlinable
    mutating func removeFirst(upTo place: Int) {
        gone = max(gone, place)
        tidy()
    }

    /// Gives back the room of those that went once they are half of all.
    @inlinable
    mutating func tidy() {
        guard gone * 2 > entries.count else { return }
        entries.removeFirst(gone)
        gone = 0
    }
}

public import KafkaProtocol

/// The unmatched records of a left or outer stream-stream join that wait for a match until their window closes, in
/// order of their times; of one time, right ones before left ones, then by the keys' bytes.
@usableFromInline
final class JoinWaitingStore<Key: Hashable, Left, Right>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let changelog: ChangelogWriter?
    /// Nil if all records are in memory.
    @usableFromInline let disk: DiskSides?
    @usableFromInline var left: JoinWaitingList<Key, Left>
    @usableFromInline var right: JoinWaitingList<Key, Right>

    @inlinable
    init(
        name: String, key: Serde<Key>, left: Serde<Left>, right: Serde<Right>, changelog: ChangelogWriter?
    ) {
        self.name = name
        let disk = changelog?.disk as? DiskSides
        self.disk = disk
        self.left = JoinWaitingList(
            key: key, value: left, isLeft: true, isLogged: changelog != nil, disk: disk?.left)
        self.right = JoinWaitingList(
            key: key, value: right, isLeft: false, isLogged: changelog != nil, disk: disk?.right)
        self.changelog = changelog
    }

    /// Takes out what has closed because of a record of the time `now`: left records before `leftLimit`, right ones before
    /// `rightLimit`. Gives the time after which to look again.
    ///
    /// As the reference does, it looks again only after the last record that it came across: the one after the first
    /// that stay of each side, or the last of all if there is none. That holds some results back for longer than they
    /// must wait.
    @inlinable
    func release(
        leftLimit: Int64, rightLimit: Int64, at now: Int64, sendLeft: (Key, Left, Int64) throws -> Void,
        sendRight: (Key, Right, Int64) throws -> Void
    ) throws -> Int64 {
        let last = max(try left.lastTime ?? -1, try right.lastTime ?? -1)
        guard last >= 0 else { return .max }
        while true {
            let mine = try left.first.flatMap { $0.timestamp < leftLimit ? $0 : nil }
            let theirs = try right.first.flatMap { $0.timestamp < rightLimit ? $0 : nil }
            guard mine != nil || theirs != nil else { break }
            if let mine, theirs.map({ $0.timestamp > mine.timestamp }) ?? true {
                left.removeFirst(at: now)
                for value in mine.values { try sendLeft(mine.key, value, mine.timestamp) }
            } else if let theirs {
                right.removeFirst(at: now)
                for value in theirs.values { try sendRight(theirs.key, value, theirs.timestamp) }
            }
        }
        guard let mine = try left.first, let theirs = try right.first else { return last }
        let isLeftLater = mine.timestamp >= theirs.timestamp
        let time = max(mine.timestamp, theirs.timestamp)
        if (isLeftLater ? mine.values.count : theirs.values.count) > 1 { return time }
        let own = try isLeftLater ? left.secondTime : right.secondTime
        let other = try isLeftLater ? right.time(notBefore: time.saturatingAdd(1)) : left.time(notBefore: time)
        return min(own ?? other ?? time, other ?? own ?? time)
    }

    @inlinable
    func flush() throws {
        guard let changelog else { return }
        try left.writeChanges(to: changelog)
        try right.writeChanges(to: changelog)
        guard let room = disk?.room else { return }
        room.used = (left.entries.count + right.entries.count) * room.rowBytes
        room.report()
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let (time, isLeft, keyBytes) = try WaitingRecords.readKey(key.detached())
        if isLeft {
            try left.restore(keyBytes, time, value, changedAt: timestamp)
        } else {
            try right.restore(keyBytes, time, value, changedAt: timestamp)
        }
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? JoinWaitingStore, disk == nil, other.disk == nil, other.left.changed.isEmpty,
            other.right.changed.isEmpty
        else { return false }
        (left, right) = (other.left, other.right)
        return true
    }

    /// The store is restored: takes up what is on disk.
    @inlinable
    func begin() {
        disk?.context.stored {
            try left.fill()
            try right.fill()
        }
    }
}

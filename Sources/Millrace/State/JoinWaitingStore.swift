public import KafkaProtocol

/// The unmatched records of a left or outer stream-stream join that wait for a match until their window closes, in
/// order of their times; of one time, right ones before left ones, then by the keys' bytes.
@usableFromInline
final class JoinWaitingStore<Key: Hashable, Left, Right>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline var left: JoinWaitingList<Key, Left>
    @usableFromInline var right: JoinWaitingList<Key, Right>

    @inlinable
    init(
        name: String, key: Serde<Key>, left: Serde<Left>, right: Serde<Right>, changelog: ChangelogWriter?
    ) {
        self.name = name
        self.left = JoinWaitingList(key: key, value: left, isLogged: changelog != nil)
        self.right = JoinWaitingList(key: key, value: right, isLogged: changelog != nil)
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
        let last = max(left.last?.timestamp ?? -1, right.last?.timestamp ?? -1)
        guard last >= 0 else { return .max }
        while true {
            let mine = left.first.flatMap { $0.timestamp < leftLimit ? $0 : nil }
            let theirs = right.first.flatMap { $0.timestamp < rightLimit ? $0 : nil }
            guard mine != nil || theirs != nil else { break }
            if let mine, theirs.map({ $0.timestamp > mine.timestamp }) ?? true {
                left.removeFirst(at: now)
                for value in mine.values { try sendLeft(mine.key, value, mine.timestamp) }
            } else if let theirs {
                right.removeFirst(at: now)
                for value in theirs.values { try sendRight(theirs.key, value, theirs.timestamp) }
            }
        }
        guard let mine = left.first, let theirs = right.first else { return last }
        let isLeftLater = mine.timestamp >= theirs.timestamp
        let time = max(mine.timestamp, theirs.timestamp)
        if (isLeftLater ? mine.values.count : theirs.values.count) > 1 { return time }
        let own = isLeftLater ? left.time(from: left.start + 1) : right.time(from: right.start + 1)
        let other =
            isLeftLater
            ? right.time(from: right.place(of: time.saturatingAdd(1), Bytes()))
            : left.time(from: left.place(of: time, Bytes()))
        return min(own ?? other ?? time, other ?? own ?? time)
    }

    @inlinable
    func flush() throws {
        guard let changelog else { return }
        try left.writeChanges(to: changelog, isLeft: true)
        try right.writeChanges(to: changelog, isLeft: false)
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let (time, isLeft, keyBytes) = try WaitingRecords.readKey(key.detached())
        if isLeft {
            try left.restore(keyBytes, time, value, isLeft: true)
        } else {
            try right.restore(keyBytes, time, value, isLeft: false)
        }
    }
}

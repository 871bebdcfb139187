package import KafkaProtocol
import Synchronization

/// What a client is waiting for at the moment: requests that are not answered, and work that is tried again after errors
/// that a retry can help. Read by whoever tells the user (`WaitReporter`); writing to it costs a lock a request.
package final class WaitBoard: Sendable {
    /// Something that somebody can wait for; each is there once.
    package struct Key: Hashable, Sendable {
        package enum Subject: Hashable, Sendable {
            case write(TopicPartition)
            case read(TopicPartition)
            /// A producer's id, without which it writes nothing.
            case identity
            /// Membership of a group.
            case group
            /// Another attempt at work that has failed.
            case retry
            /// The only thing that its owner waits for.
            case sole
        }
        let owner: Owner
        let subject: Subject
        package init(_ owner: Owner, _ subject: Subject = .sole) {
            self.owner = owner
            self.subject = subject
        }
    }

    /// Who waits: a producer, a consumer, a call that is repeated.
    package typealias Owner = UInt64

    /// Something that is waited for.
    package struct Wait: Sendable, Equatable {
        /// What is to be done, such as `write to orders-3`.
        package var what: String
        /// What keeps it from being done.
        package var reason: String
        /// Since when, by the client's clock.
        package var since: Int64
        /// Whether the cause is with the brokers: they cannot be reached, or refuse for now.
        package var isOutage = true
    }

    /// A request that is under way.
    struct Call: Sendable {
        let api: APIKey
        let node: Int32?
        let began: Int64
        /// For how long the broker may keep it.
        let keptFor: Int64

        var asWait: Wait {
            switch api {
            case .joinGroup, .syncGroup:
                Wait(what: "the other members of the group", reason: "\(api) is not answered", since: began, isOutage: false)
            default:
                Wait(
                    what: node.map { "broker \($0)" } ?? "a broker", reason: "\(api) is not answered", since: began)
            }
        }
    }

    private struct State {
        var waits: [Key: Wait] = [:]
        var calls: [UInt64: Call] = [:]
        var lastNumber: UInt64 = 0
        var lastOutage: Int64?
    }

    private let state = Mutex(State())
    /// There is something new, or nothing any more.
    let changed = Notifier()

    package init() {}

    /// A number for someone who waits.
    package func newOwner() -> Owner {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// `what` has to wait because of an error. Of what waits already the reason is replaced.
    /// Unless told otherwise the cause is taken to be with the brokers.
    package func note(
        _ key: Key, _ what: @autoclosure () -> String, because reason: any Error, now: Int64, isOutage: Bool = true
    ) {
        let isNew = state.withLock { state in
            if isOutage { state.lastOutage = max(state.lastOutage ?? now, now) }
            defer {
                let since = state.waits[key]?.since ?? now
                state.waits[key] = Wait(what: what(), reason: "\(reason)", since: since, isOutage: isOutage)
            }
            return state.waits[key] == nil
        }
        if isNew { changed.notify() }
    }

    /// Goes on, or has been given up.
    package func clear(_ key: Key) {
        let isGone = state.withLock { !$0.waits.isEmpty && $0.waits.removeValue(forKey: key) != nil }
        if isGone { changed.notify() }
    }

    /// Its owner waits for nothing any more.
    package func clear(_ owner: Owner) {
        let hasGone = state.withLock { state in
            let before = state.waits.count
            if before > 0 { state.waits = state.waits.filter { $0.key.owner != owner } }
            return state.waits.count < before
        }
        if hasGone { changed.notify() }
    }

    /// A request goes out. `keptFor`: for how long the broker may keep it.
    func began(_ api: APIKey, to node: Int32?, keptFor: Int32?, now: Int64) -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            state.calls[state.lastNumber] = Call(api: api, node: node, began: now, keptFor: Int64(keptFor ?? 0))
            return state.lastNumber
        }
    }

    /// A request has been answered, or has failed.
    func ended(_ call: UInt64) { _ = state.withLock { $0.calls.removeValue(forKey: call) } }

    /// Whether something waits at the moment.
    package var isWaiting: Bool { state.withLock { !$0.waits.isEmpty } }

    /// Whether something has had to wait for brokers at `time` or later.
    package func sawOutage(since time: Int64) -> Bool { state.withLock { $0.lastOutage.map { $0 >= time } ?? false } }

    /// What waits, and the requests that should have been answered before `time`; and when the next one should be.
    func look(lateAt time: Int64, patience: Int64) -> (waits: [Wait], nextLate: Int64?) {
        state.withLock { state in
            var waits = Array(state.waits.values)
            var nextLate: Int64?
            for call in state.calls.values {
                let due = call.began.saturatingAdd(call.keptFor).saturatingAdd(patience)
                if due <= time {
                    waits.append(call.asWait)
                } else {
                    nextLate = min(nextLate ?? .max, due)
                }
            }
            return (waits, nextLate)
        }
    }
}

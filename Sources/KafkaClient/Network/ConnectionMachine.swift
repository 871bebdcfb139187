import KafkaProtocol

/// The requests of one connection: which wait, which are under way, which answer belongs to which, and when the
/// connection is to be given up. Without I/O.
///
/// A broker answers the requests of a connection in their order, so the next answer must carry the correlation id of
/// the oldest request under way. A request that nobody waits for any more keeps its place until its answer has come.
/// One that is not answered in time ends the connection: what would come after it cannot be told from what is late.
struct ConnectionMachine {
    /// A number that the owner gives a request; never used twice.
    typealias RequestID = UInt64

    enum Phase: Equatable {
        /// Not connected yet, or versions and credentials are not settled.
        case opening
        case open
        case closed
    }

    /// A request to write now.
    struct Outgoing: Equatable {
        var id: RequestID
        var correlationID: Int32
    }

    /// What time has brought about.
    struct Tick: Equatable {
        /// Requests that waited for too long and were not sent.
        var expired: [RequestID] = []
        /// The connection must be given up.
        var ending: Ending?
        /// When to look again.
        var deadline: Int64?
    }

    enum Ending: Equatable {
        case idle
        case unanswered
    }

    private struct Entry {
        var id: RequestID
        var deadline: Int64
        var expectsAnswer: Bool
        var correlationID: Int32 = 0
    }

    let idleTimeout: Int64
    private(set) var phase = Phase.opening
    private var waiting = FIFO<Entry>()
    private var underWay = FIFO<Entry>()
    private var lastCorrelationID: Int32 = 0
    private var lastUse: Int64 = 0
    private var abandoned: Set<RequestID> = []
    /// Until then the broker wants no requests (`throttle_time_ms`, KIP-219).
    private var throttledUntil: Int64 = 0
    /// From then on it takes no requests, as the broker would soon want this client to authenticate again (KIP-368).
    private var retiresAt = Int64.max

    init(idleTimeout: Int64) { self.idleTimeout = idleTimeout }

    /// The requests that are not answered yet.
    var load: Int { waiting.count + underWay.count }

    /// The connection stands, for `sessionLifetime` milliseconds unless that is 0. A new one takes its place before
    /// that time is over.
    mutating func opened(now: Int64, sessionLifetime: Int64 = 0) {
        guard phase == .opening else { return }
        phase = .open
        lastUse = now
        if sessionLifetime > 0 { retiresAt = now.saturatingAdd(sessionLifetime / 10 * 8) }
    }

    /// Whether it takes no requests any more, although it stands.
    func isRetired(now: Int64) -> Bool { retiresAt <= now }

    /// Adds a request, to be answered before `deadline`. False if the connection is closed.
    mutating func add(_ id: RequestID, deadline: Int64, expectsAnswer: Bool, now: Int64) -> Bool {
        guard phase != .closed, !isRetired(now: now) else { return false }
        waiting.append(Entry(id: id, deadline: deadline, expectsAnswer: expectsAnswer))
        lastUse = now
        return true
    }

    /// The next request to write, if there is one.
    mutating func takeNext(now: Int64) -> Outgoing? {
        guard phase == .open, throttledUntil <= now else { return nil }
        while var entry = waiting.popFirst() {
            if abandoned.remove(entry.id) != nil { continue }
            lastCorrelationID = lastCorrelationID == .max ? 1 : lastCorrelationID + 1
            entry.correlationID = lastCorrelationID
            if entry.expectsAnswer { underWay.append(entry) }
            return Outgoing(id: entry.id, correlationID: entry.correlationID)
        }
        return nil
    }

    /// A request taken last could not be written after all; nothing of it was sent.
    mutating func takeBack(_ outgoing: Outgoing) {
        var rest = underWay.removeAll()
        rest.removeAll { $0.id == outgoing.id }
        underWay.prepend(contentsOf: rest)
        abandoned.remove(outgoing.id)
    }

    /// Nobody waits for the answer any more.
    mutating func abandon(_ id: RequestID) {
        guard phase != .closed else { return }
        abandoned.insert(id)
    }

    /// An answer has come. Returns whose it is; nil if nobody waits for it any more. Throws if it is not the next
    /// one's.
    mutating func received(correlationID: Int32, now: Int64) throws -> RequestID? {
        guard let entry = underWay.first else {
            throw KafkaProtocolError(.malformed, "an answer to nothing, with correlation id \(correlationID)")
        }
        guard entry.correlationID == correlationID else {
            throw KafkaProtocolError(
                .malformed, "an answer with correlation id \(correlationID) instead of \(entry.correlationID)")
        }
        _ = underWay.popFirst()
        lastUse = now
        return abandoned.remove(entry.id) == nil ? entry.id : nil
    }

    /// The broker wants no requests until `time`.
    mutating func throttle(until time: Int64) { throttledUntil = max(throttledUntil, time) }

    /// Looks at the clock.
    mutating func tick(now: Int64) -> Tick {
        var tick = Tick()
        guard phase == .open else { return tick }
        var deadline = Int64.max
        underWay.forEach { deadline = min(deadline, $0.deadline) }
        // That of an abandoned one counts as well: the connection is stuck.
        if deadline <= now {
            tick.ending = .unanswered
            return tick
        }
        var waitsTooLong = false
        waiting.forEach {
            waitsTooLong = waitsTooLong || $0.deadline <= now
            deadline = $0.deadline <= now ? deadline : min(deadline, $0.deadline)
        }
        if waitsTooLong {
            let entries = waiting.removeAll()
            waiting.prepend(contentsOf: entries.filter { $0.deadline > now })
            tick.expired = entries.filter { $0.deadline <= now && abandoned.remove($0.id) == nil }.map(\.id)
        }
        if load == 0 {
            deadline = min(lastUse.saturatingAdd(idleTimeout), retiresAt)
            if deadline <= now {
                tick.ending = .idle
                return tick
            }
        }
        if throttledUntil > now, !waiting.isEmpty { deadline = min(deadline, throttledUntil) }
        tick.deadline = deadline
        return tick
    }

    /// The connection has ended. Returns the requests that get no answer, and which of them may have reached the
    /// broker.
    mutating func close() -> (unsent: [RequestID], unanswered: [RequestID]) {
        guard phase != .closed else { return ([], []) }
        phase = .closed
        defer { abandoned = [] }
        let unsent = waiting.removeAll().map(\.id).filter { !abandoned.contains($0) }
        let unanswered = underWay.removeAll().map(\.id).filter { !abandoned.contains($0) }
        return (unsent, unanswered)
    }
}

internal import Synchronization

/// Who sent a request.
struct RequestSource: Sendable {
    /// The client's name of itself.
    var clientID: String
    /// Where it comes from.
    var host: String
    /// Whether it lives in the broker's process, so that it ends with it.
    var isInProcess: Bool
    /// What it may do; nil for everything, as whoever has the broker in its process may.
    var access: Access?
    /// The address of the broker that this client is told; nil for the one in the broker's configuration.
    var advertised: BrokerEndpoint?
    /// How many bytes an answer may have, as others are under way; asked for when the answer is made.
    var room: @Sendable () -> Int = { .max }
    /// What ends when the client is gone.
    var connection = RequestConnection()
}

/// Where a client reaches the broker.
struct BrokerEndpoint: Sendable, Equatable {
    var host: String
    var port: Int32
}

extension Broker {
    /// The address that a client is told.
    func endpoint(for source: RequestSource) -> BrokerEndpoint {
        source.advertised ?? BrokerEndpoint(host: configuration.advertisedHost, port: configuration.advertisedPort)
    }
}

/// The life of a client's connection. Who waits on behalf of the client asks to be told of its end.
final class RequestConnection: Sendable {
    typealias WaiterID = UInt64

    private struct State {
        var isClosed = false
        var waiters: [WaiterID: @Sendable () -> Void] = [:]
        var lastID: WaiterID = 0
    }

    private let state = Mutex(State())
    private let willWait: @Sendable () -> Void

    /// A connection that calls `willWait` whenever someone asks to be told of its end.
    init(willWait: @escaping @Sendable () -> Void = {}) { self.willWait = willWait }

    /// Whether someone waits on behalf of the client.
    var isWaitedFor: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Whether the client is gone.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `action` when the connection ends; at once if it has ended.
    func onClose(_ action: @escaping @Sendable () -> Void) -> WaiterID {
        let id = state.withLock { state -> WaiterID? in
            guard !state.isClosed else { return nil }
            state.lastID += 1
            state.waiters[state.lastID] = action
            return state.lastID
        }
        if id == nil { action() } else { willWait() }
        return id ?? 0
    }

    /// Takes a wish to be told back.
    func forget(_ id: WaiterID) { _ = state.withLock { $0.waiters.removeValue(forKey: id) } }

    /// Ends the connection and tells all who wait.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.self)
        }
        for waiter in waiters { waiter() }
    }
}

import KafkaNetwork
import KafkaProtocol

/// Where the brokers are, which connections to them there are, and when one that could not be reached may be tried
/// again. Without I/O.
///
/// Connections belong to addresses, not to broker ids: a bootstrap address is one of the brokers. An address has one
/// connection that its short requests share. A request for which the broker waits, such as a fetch, holds up those
/// behind it, as answers come in order; it gets a connection for itself, which the next such request can use when it is
/// free again.
struct NodeConnections {
    typealias ConnectionID = UInt64

    /// The connection to use for a request.
    struct Choice: Equatable {
        var id: ConnectionID
        /// Whether the connection is to be made.
        var isNew: Bool
        /// The time before which it must not be made.
        var notBefore: Int64
    }

    private struct Host {
        var shared: ConnectionID?
        var isOpen = false
        var free: [ConnectionID] = []
        var attempts = 0
        var retryAt: Int64 = 0
    }

    let bootstrap: [NetworkAddress]
    let policy: RetryPolicy
    private var nodes: [Int32: NetworkAddress] = [:]
    private var hosts: [NetworkAddress: Host] = [:]
    private var lastID: ConnectionID = 0

    init(bootstrap: [NetworkAddress], policy: RetryPolicy) {
        self.bootstrap = bootstrap
        self.policy = policy
    }

    // MARK: Addresses

    /// The cluster consists of these brokers. An empty list says nothing.
    mutating func learn(_ brokers: [(id: Int32, address: NetworkAddress)]) {
        guard !brokers.isEmpty else { return }
        nodes = Dictionary(brokers.map { ($0.id, $0.address) }, uniquingKeysWith: { $1 })
    }

    /// A broker of the cluster is here.
    mutating func learn(_ id: Int32, at address: NetworkAddress) { nodes[id] = address }

    /// Where a broker is; nil if nobody has said so.
    func address(of node: Int32) -> NetworkAddress? { nodes[node] }

    /// A broker to ask what any broker knows, besides those in `tried`: rather one that is connected, then one that has
    /// not just failed; known brokers before bootstrap addresses.
    func anyAddress(besides tried: [NetworkAddress], now: Int64) -> NetworkAddress? {
        var candidates: [NetworkAddress] = []
        for address in nodes.sorted(by: { $0.key < $1.key }).map(\.value) + bootstrap
        where !tried.contains(address) && !candidates.contains(address) {
            candidates.append(address)
        }
        return candidates.first { hosts[$0]?.isOpen ?? false }
            ?? candidates.first { (hosts[$0]?.retryAt ?? 0) <= now } ?? candidates.first
    }

    // MARK: Connections

    /// The connection to `address` for a request; with `alone`, one that nothing else uses until `isFree`.
    mutating func choose(_ address: NetworkAddress, alone: Bool) -> Choice {
        if alone, let free = hosts[address]?.free.popLast() { return Choice(id: free, isNew: false, notBefore: 0) }
        if !alone, let shared = hosts[address]?.shared { return Choice(id: shared, isNew: false, notBefore: 0) }
        lastID += 1
        if !alone { hosts[address, default: Host()].shared = lastID }
        return Choice(id: lastID, isNew: true, notBefore: hosts[address]?.retryAt ?? 0)
    }

    /// The connection has nothing to do. If it is not the shared one, the next request that must be alone can have it.
    mutating func isFree(_ id: ConnectionID, _ address: NetworkAddress) {
        if let host = hosts[address], host.shared == id || host.free.contains(id) { return }
        hosts[address, default: Host()].free.append(id)
    }

    /// The connection takes no requests any more.
    mutating func drop(_ id: ConnectionID, _ address: NetworkAddress) {
        hosts[address]?.free.removeAll { $0 == id }
        guard hosts[address]?.shared == id else { return }
        hosts[address]?.shared = nil
        hosts[address]?.isOpen = false
    }

    /// The connection stands.
    mutating func opened(_ id: ConnectionID, _ address: NetworkAddress) {
        hosts[address]?.attempts = 0
        hosts[address]?.retryAt = 0
        if hosts[address]?.shared == id { hosts[address]?.isOpen = true }
    }

    /// The connection is no more. Unless that was in order, the address is left alone for a while, longer each time.
    mutating func ended(_ id: ConnectionID, _ address: NetworkAddress, inOrder: Bool, now: Int64, random: UInt64) {
        drop(id, address)
        var host = hosts[address] ?? Host()
        // Several connections that break together are one failure.
        if !inOrder, host.retryAt <= now {
            host.attempts += 1
            host.retryAt = now + policy.delay(afterAttempt: host.attempts, random: random)
        }
        hosts[address] = host
    }
}

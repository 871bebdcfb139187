import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct ConnectionMachineTests {
    private func opened(_ requests: UInt64...) -> Held {
        let machine = Held(ConnectionMachine(idleTimeout: 1000))
        for id in requests { #expect(machine.add(id, deadline: 100, expectsAnswer: true, now: 0)) }
        #expect(machine.takeNext(now: 0) == nil)
        machine.opened(now: 0)
        return machine
    }

    @Test func `requests go out in their order, and answers must come in it`() throws {
        let machine = opened(7, 8)
        #expect(machine.takeNext(now: 0) == .init(id: 7, correlationID: 1))
        #expect(machine.takeNext(now: 0) == .init(id: 8, correlationID: 2))
        #expect(machine.takeNext(now: 0) == nil)
        #expect(throws: KafkaProtocolError.self) { try machine.received(correlationID: 2, now: 0) }
        #expect(try machine.received(correlationID: 1, now: 0) == 7)
        #expect(try machine.received(correlationID: 2, now: 0) == 8)
        #expect(throws: KafkaProtocolError.self) { try machine.received(correlationID: 3, now: 0) }
    }

    @Test func `an abandoned request keeps its place, unless it was not sent`() throws {
        let machine = opened(1, 2, 3)
        _ = machine.takeNext(now: 0)
        machine.abandon(1)
        machine.abandon(2)
        #expect(machine.takeNext(now: 0) == .init(id: 3, correlationID: 2))
        #expect(try machine.received(correlationID: 1, now: 0) == nil)
        #expect(try machine.received(correlationID: 2, now: 0) == 3)
        #expect(machine.load == 0)
    }

    @Test func `a request that is not answered in time ends the connection, one that was not sent only itself`() {
        let machine = opened(1)
        #expect(machine.tick(now: 0).deadline == 100)
        _ = machine.takeNext(now: 0)
        _ = machine.add(2, deadline: 50, expectsAnswer: true, now: 0)
        #expect(machine.tick(now: 50) == .init(expired: [2], ending: nil, deadline: 100))
        #expect(machine.tick(now: 100).ending == .unanswered)
        let (unsent, unanswered) = machine.close()
        #expect(unsent == [] && unanswered == [1])
        #expect(!machine.add(3, deadline: 900, expectsAnswer: true, now: 101))
    }

    @Test func `a connection without requests ends after a while`() throws {
        let machine = opened(1)
        _ = machine.takeNext(now: 0)
        #expect(try machine.received(correlationID: 1, now: 60) == 1)
        #expect(machine.tick(now: 100) == .init(deadline: 1060))
        #expect(machine.tick(now: 1060).ending == .idle)
    }

    @Test func `a throttled connection sends nothing for as long as the broker wants`() {
        let machine = opened(1)
        machine.throttle(until: 40)
        #expect(machine.takeNext(now: 39) == nil)
        #expect(machine.tick(now: 39).deadline == 40)
        #expect(machine.takeNext(now: 40)?.id == 1)
    }

    @Test func `a connection whose session ends soon takes no requests, answers what it has, and ends`() throws {
        let machine = Held(ConnectionMachine(idleTimeout: 100_000))
        machine.opened(now: 0, sessionLifetime: 1000)
        #expect(machine.add(1, deadline: 5000, expectsAnswer: true, now: 799))
        _ = machine.takeNext(now: 799)
        #expect(!machine.add(2, deadline: 5000, expectsAnswer: true, now: 800))
        #expect(machine.tick(now: 800).ending == nil)
        #expect(try machine.received(correlationID: 1, now: 900) == 1)
        #expect(machine.tick(now: 900).ending == .idle)
    }

    @Test func `a request that could not be written leaves its place to the next`() throws {
        let machine = opened(1, 2)
        if let first = machine.takeNext(now: 0) { machine.takeBack(first) }
        #expect(machine.takeNext(now: 0) == .init(id: 2, correlationID: 2))
        #expect(try machine.received(correlationID: 2, now: 0) == 2)
    }
}

@Suite struct NodeConnectionsTests {
    private let a = NetworkAddress(host: "a", port: 1)
    private let b = NetworkAddress(host: "b", port: 1)
    private let c = NetworkAddress(host: "c", port: 1)
    private let policy = RetryPolicy(initialBackoff: .milliseconds(50), maximumBackoff: .seconds(1), jitter: 0)

    @Test func `bootstrap addresses are tried in turn, known brokers come first, and those that failed last`() {
        let nodes = HeldNodes(NodeConnections(bootstrap: [a, b], policy: policy))
        #expect(nodes.anyAddress(besides: [], now: 0) == a)
        #expect(nodes.anyAddress(besides: [a], now: 0) == b)
        #expect(nodes.anyAddress(besides: [a, b], now: 0) == nil)
        nodes.ended(1, a, inOrder: false, now: 0, random: 0)
        #expect(nodes.anyAddress(besides: [], now: 0) == b)
        nodes.learn([(id: 5, address: c)])
        #expect(nodes.address(of: 5) == c)
        #expect(nodes.anyAddress(besides: [], now: 0) == c)
        let shared = nodes.choose(b, alone: false)
        nodes.opened(shared.id, b)
        #expect(nodes.anyAddress(besides: [], now: 0) == b)
    }

    @Test func `short requests share a connection, and long ones have one each that is used again`() {
        let nodes = HeldNodes(NodeConnections(bootstrap: [a], policy: policy))
        let shared = nodes.choose(a, alone: false)
        #expect(shared.isNew)
        #expect(nodes.choose(a, alone: false) == .init(id: shared.id, isNew: false, notBefore: 0))
        let first = nodes.choose(a, alone: true)
        let second = nodes.choose(a, alone: true)
        #expect(first.isNew && second.isNew && first.id != second.id)
        nodes.isFree(first.id, a)
        nodes.isFree(shared.id, a)
        #expect(nodes.choose(a, alone: true) == .init(id: first.id, isNew: false, notBefore: 0))
        #expect(nodes.choose(a, alone: true).isNew)
    }

    @Test func `the wait before an address is tried again doubles up to a limit and is forgotten after a success`() {
        let nodes = HeldNodes(NodeConnections(bootstrap: [a], policy: policy))
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<7 {
            let choice = nodes.choose(a, alone: false)
            waits.append(choice.notBefore - now)
            now = max(now, choice.notBefore)
            nodes.ended(choice.id, a, inOrder: false, now: now, random: 1 << 63)
        }
        #expect(waits == [0, 50, 100, 200, 400, 800, 1000])
        let good = nodes.choose(a, alone: false)
        nodes.opened(good.id, a)
        nodes.ended(good.id, a, inOrder: true, now: now, random: 0)
        #expect(nodes.choose(a, alone: false).notBefore == 0)
    }
}

/// A machine in a class, as expectations cannot change a value.
private final class Held {
    private var machine: ConnectionMachine
    init(_ machine: ConnectionMachine) { self.machine = machine }
    var load: Int { machine.load }
    func opened(now: Int64, sessionLifetime: Int64 = 0) { machine.opened(now: now, sessionLifetime: sessionLifetime) }
    func add(_ id: UInt64, deadline: Int64, expectsAnswer: Bool, now: Int64) -> Bool {
        machine.add(id, deadline: deadline, expectsAnswer: expectsAnswer, now: now)
    }
    func takeNext(now: Int64) -> ConnectionMachine.Outgoing? { machine.takeNext(now: now) }
    func takeBack(_ outgoing: ConnectionMachine.Outgoing) { machine.takeBack(outgoing) }
    func abandon(_ id: UInt64) { machine.abandon(id) }
    func throttle(until time: Int64) { machine.throttle(until: time) }
    func received(correlationID: Int32, now: Int64) throws -> UInt64? {
        try machine.received(correlationID: correlationID, now: now)
    }
    func tick(now: Int64) -> ConnectionMachine.Tick { machine.tick(now: now) }
    func close() -> (unsent: [UInt64], unanswered: [UInt64]) { machine.close() }
}

private final class HeldNodes {
    private var nodes: NodeConnections
    init(_ nodes: NodeConnections) { self.nodes = nodes }
    func learn(_ brokers: [(id: Int32, address: NetworkAddress)]) { nodes.learn(brokers) }
    func address(of node: Int32) -> NetworkAddress? { nodes.address(of: node) }
    func anyAddress(besides tried: [NetworkAddress], now: Int64) -> NetworkAddress? {
        nodes.anyAddress(besides: tried, now: now)
    }
    func choose(_ address: NetworkAddress, alone: Bool) -> NodeConnections.Choice { nodes.choose(address, alone: alone) }
    func isFree(_ id: UInt64, _ address: NetworkAddress) { nodes.isFree(id, address) }
    func opened(_ id: UInt64, _ address: NetworkAddress) { nodes.opened(id, address) }
    func ended(_ id: UInt64, _ address: NetworkAddress, inOrder: Bool, now: Int64, random: UInt64) {
        nodes.ended(id, address, inOrder: inOrder, now: now, random: random)
    }
}

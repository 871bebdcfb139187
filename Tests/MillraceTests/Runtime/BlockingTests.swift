import Dispatch
import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

/// Closures that block. Semaphores stand for slow services, so that no test depends on how long anything takes.
@Suite struct BlockingTests {
    /// Doors that closures stand at, by what the record's value says.
    final class Doors: Sendable {
        private let doors = Mutex<[String: DispatchSemaphore]>([:])
        let arrived = EventCounter()

        /// Stands at the door until it is opened, once.
        func stand(at name: String) {
            let door = doors.withLock { doors in
                let door = doors[name] ?? DispatchSemaphore(value: 0)
                doors[name] = door
                return door
            }
            arrived.note()
            door.wait()
        }

        func open(_ name: String) {
            let door = doors.withLock { doors in
                let door = doors[name] ?? DispatchSemaphore(value: 0)
                doors[name] = door
                return door
            }
            door.signal()
        }
    }

    /// Copies `in` to `out`; a record whose value begins with `door` blocks there.
    static func topology(_ doors: Doors) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues { value in
            if let value, value.hasPrefix("door") { doors.stand(at: value) }
            return value
        }.to("out")
        return try builder.build()
    }

    static func record(_ value: String, partition: Int32) -> StreamsCluster.Input {
        StreamsCluster.Input(partition: partition, key: Bytes(utf8: value), value: Bytes(utf8: value), time: 1)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `closures that block hold up their own tasks only`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 8, "out": 1])
                let doors = Doors()
                // More blocked partitions than there are cores to run them.
                let blocked = (0..<7).map { Self.record("door\($0)", partition: $0) }
                let free = (0..<100).map { Self.record("free\($0)", partition: 7) }
                try await cluster.produce(blocked + free)
                let log = EventLog()
                try await cluster.run(
                    Self.topology(doors), Counting.configuration(guarantee, exitsWhenIdle: false, log: log)
                ) {
                    await doors.arrived.wait(for: 7)
                    // All stand at their doors, and the eighth task goes on, commits, and is seen.
                    while try await cluster.read("out").count < 100 { try await Task.sleep(for: .milliseconds(5)) }
                    try await cluster.produce([Self.record("more", partition: 7)])
                    while try await cluster.read("out").count < 101 { try await Task.sleep(for: .milliseconds(5)) }
                    for number in 0..<7 { doors.open("door\(number)") }
                    while try await cluster.read("out").count < 108 { try await Task.sleep(for: .milliseconds(5)) }
                }
                #expect(try await cluster.read("out").count == 108)
                #expect(log.warnings.isEmpty)
            }
        }
    }

    @Test func `an application ends within its limit although a closure blocks`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                let doors = Doors()
                try await cluster.produce([Self.record("door", partition: 0)])
                let log = EventLog()
                let application = try StreamsApplication(
                    Self.topology(doors), configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                    client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    await doors.arrived.wait(for: 1)
                    application.stop(within: .milliseconds(50))
                    try await group.waitForAll()
                }
                #expect(log.warnings.contains { $0.contains("without a last commit") })
                // The closure returns to nobody; what it did is done again.
                doors.open("door")
                doors.open("door")
                try await cluster.run(Self.topology(doors), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.read("out").map { $0.value?.string } == ["door"])
            }
        }
    }

    @Test func `a closure that blocks for too long is named, the group is left, and joined when it returns`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let doors = Doors()
                try await cluster.produce(
                    [Self.record("first", partition: 1), Self.record("door", partition: 1), Self.record("free", partition: 0)])
                let leaves = EventCounter()
                let watched = cluster.with([
                    .leaveGroup: { _, _ in
                        leaves.note()
                        return .none
                    }
                ])
                let log = EventLog()
                var configuration = Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log)
                configuration.maxPollInterval = .milliseconds(100)
                try await watched.run(Self.topology(doors), configuration) {
                    await doors.arrived.wait(for: 1)
                    await leaves.wait(for: 1)
                    // It is built anew from the last commit and comes to the same record.
                    doors.open("door")
                    doors.open("door")
                    while try await cluster.read("out").count < 3 { try await Task.sleep(for: .milliseconds(5)) }
                }
                let told = log.warnings.first { $0.contains("is given up") } ?? ""
                #expect(told.contains("the step KSTREAM-") && told.contains("in-1 offset 1") && told.contains("maximal poll interval"))
                #expect(try await cluster.read("out").compactMap { $0.value?.string }.sorted() == ["door", "first", "free"])
            }
        }
    }
}

/// Counts what happens, and lets one test wait for it.
final class EventCounter: Sendable {
    private let count = Mutex(0)
    private let wake = WakeSignal()

    func note() {
        count.withLock { $0 += 1 }
        wake.set()
    }

    func wait(for wanted: Int) async {
        while count.withLock({ $0 }) < wanted, !Task.isCancelled { await wake.wait() }
    }
}

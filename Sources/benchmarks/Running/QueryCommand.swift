import KafkaClient
import Millrace
import MillraceCommandLine
import Synchronization

/// `benchmarks query`: point reads beside full load.
let queryCommand = Command(
    "query", "Runs keycount (W4) without and with point reads of its store: how many a second, how long they take, what they cost.",
    options: [
        .scale, .data,
        CommandOption("readers", "N", "How many ask, each for one key after the other.", kind: .integer(1...256), default: "4"),
        CommandOption(
            "rate", "N", "How many queries a second all readers together begin at most; 0 for as many as they can.",
            kind: .integer(0...1_000_000), default: "0"),
        .stateDirectory, .store, .stateMemory,
    ]
) { invocation in
    let arguments = invocation.arguments
    let scale = try arguments.scale
    let files = WorkingDirectory(arguments.text("data"), for: "benchmarks")
    defer { files.release() }
    let readers = arguments.integer("readers") ?? 4
    let rate = arguments.integer("rate") ?? 0
    let store = StoreSettings(arguments)
    let (alone, beside) = try await invocation.stop.cancelling {
        try await BrokerConnector(console: invocation.console)
            .withClient(of: .embedded(directory: files.path), clientID: "benchmarks", allowsTopicCreation: false) { client in
                for data in Workload.keycount.inputs { try await InputTopics(client: client).prepare(data, at: scale) }
                let run = QueryRun(scale: scale, client: client, rate: rate, store: store)
                return (try await run.measure(readers: 0), try await run.measure(readers: readers))
            }
    }
    let output = OutputWriter()
    output.writeLine("keycount alone: \(Figures.count(Int64(alone.recordsPerSecond))) records/s")
    output.writeLine("beside queries: \(Figures.count(Int64(beside.recordsPerSecond))) records/s")
    output.writeLine(
        "queries by \(readers) readers: \(Figures.count(Int64(beside.queriesPerSecond)))/s, median \(beside.milliseconds(0.5)) ms, p99 "
            + "\(beside.milliseconds(0.99)) ms, longest \(beside.milliseconds(1)) ms, \(beside.refused) refused")
    try output.flush()
}

/// Runs of keycount in this process, with readers beside it.
private struct QueryRun: Sendable {
    let scale: Scale
    let client: KafkaClient
    let rate: Int
    let store: StoreSettings

    struct Result: Sendable {
        let recordsPerSecond: Double
        let queriesPerSecond: Double
        /// How long queries took, in nanoseconds, in order.
        let times: [Int]
        /// Queries that had no answer, as a task was on its way.
        let refused: Int

        /// The time that such a part of the queries did not take longer than.
        func milliseconds(_ part: Double) -> Double {
            guard let last = times.indices.last else { return 0 }
            return (Double(times[Int(Double(last) * part)]) / 10_000).rounded() / 100
        }
    }

    /// The keys are 0 up to this.
    private var keys: Int64 { scale == .full ? 1_000_000 : 100_000 }

    func measure(readers: Int) async throws -> Result {
        let workload = Workload.keycount
        let id = "query-\(readers)-\(ProcessUsage.clock)"
        let admin = AdminClient(client: client)
        try await admin.createTopics([NewTopic("\(id)-output", partitions: 4)])
        let running = Gate()
        var configuration = StreamsConfiguration(
            applicationID: id, commitInterval: .seconds(1), cacheBytes: workload.cacheBytes, exitsWhenIdle: true,
            observer: { if case .firstRecord = $0 { running.open() } })
        store.set(&configuration)
        let application = try StreamsApplication(
            workload.topology(workload.inputs.map { $0.topic(at: scale) }, "\(id)-output"), configuration: configuration,
            client: client)
        let counts = try application.store("counts", key: Int64.self, value: Int64.self)
        let start = ProcessUsage.clock
        let (times, refused) = try await withThrowingTaskGroup(of: (times: [Int], refused: Int)?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            for number in 0..<readers {
                group.addTask {
                    await running.wait()
                    return await read(counts, seed: UInt64(number), pause: rate == 0 ? nil : .seconds(1) * readers / rate)
                }
            }
            var all: (times: [Int], refused: Int) = ([], 0)
            while let next = try await group.next() {
                guard let next else {
                    group.cancelAll()
                    continue
                }
                all = (all.times + next.times, all.refused + next.refused)
            }
            return all
        }
        let seconds = Double(ProcessUsage.clock - start) / 1e9
        if let directory = store.directory { _ = try LocalStateReport(directory).remove(id) }
        try await admin.deleteTopics(admin.listTopics().filter { $0.hasPrefix("\(id)-") })
        return Result(
            recordsPerSecond: Double(workload.records(at: scale)) / seconds, queriesPerSecond: Double(times.count) / seconds,
            times: times.sorted(), refused: refused)
    }

    /// Asks for one key after the other until cancelled, and gives how long that took.
    private func read(
        _ counts: ReadOnlyStore<Int64, Int64>, seed: UInt64, pause: Duration?
    ) async -> (times: [Int], refused: Int) {
        let random = SplitMix(seed: seed)
        var draw: UInt64 = 0
        var (times, refused) = ([Int](), 0)
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            let began = ProcessUsage.clock
            do {
                draw += 1
                _ = try await counts.get(Int64(SplitMix.bounded(random[draw], UInt64(keys))))
                times.append(ProcessUsage.clock - began)
            } catch let error where error.code == .stopped || Task.isCancelled {
                break
            } catch {
                refused += 1
                try? await Task.sleep(for: .milliseconds(1))
            }
            if let pause {
                next += pause
                try? await clock.sleep(until: next)
            }
        }
        return (times, refused)
    }
}

/// Opens once.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            defer { state = (true, []) }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

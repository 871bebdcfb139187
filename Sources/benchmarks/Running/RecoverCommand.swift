import Foundation
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import Synchronization

/// `benchmarks recover`: a store of five million rows, killed under load, until it processes again.
let recoverCommand = Command(
    "recover", "Kills a job with 5,000,000 rows under load and measures how long it takes to be back.",
    discussion: """
        Engine and embedded broker are one process, which is killed (SIGKILL) three seconds after it began to process, and \
        started anew: with rows in memory and a log of them on disk, without that, and with rows on RocksDB. The times count \
        from the start of the process.
        """,
    options: [
        .storedScale, .data, .stateMemory,
        CommandOption("runs", "N", "How many times.", kind: .integer(1...100), default: "1"),
        CommandOption(
            "store", "ENGINE", "Measures only what keeps its rows so.", kind: .choice(StoreEngine.allCases.map(\.rawValue))),
    ]
) { invocation in
    let arguments = invocation.arguments
    let scale = try arguments.required("scale")
    let files = WorkingDirectory(arguments.text("data"), for: "recover")
    defer { files.release() }
    let directory = files.path
    let runs = arguments.integer("runs") ?? 1
    let found = try await invocation.stop.cancelling { () -> [(state: String, Recovery)] in
        _ = try await ChildProcess.run(["generate", EngineWorkload.restore.rawValue, "--scale", scale, "--data", directory])
        var found: [(state: String, Recovery)] = []
        let memory = arguments.text("state-memory").map { ["--state-memory", $0] } ?? []
        for (name, state, engine) in [
            ("local", "\(directory)/state", StoreEngine.memory), ("in memory", "none", .memory),
            ("RocksDB", "\(directory)/rocksdb", .rocksDB),
        ] where arguments.text("store") ?? engine.rawValue == engine.rawValue {
            let common = ["--scale", scale, "--data", directory, "--state-dir", state, "--store", engine.rawValue] + memory
            for _ in 0..<runs {
                try await ChildProcess.kill(["recover-run", "--feeds"] + common, secondsAfter: "RUNNING", 3)
                let line = try await ChildProcess.run(
                    ["recover-run"] + common + ["--started-at", "\(ProcessUsage.clock)"])
                found.append((name, try JSONDecoder().decode(Recovery.self, from: line)))
            }
        }
        return found
    }
    var table = TextTable(["STATE", "LOADED", "RESTORED", "RUNNING", "FIRST RECORD", "CAUGHT UP", "PEAK MB"])
    for (name, recovery) in found {
        table.add([
            name, "\(recovery.loaded)", "\(recovery.restored)", recovery.running.map(text) ?? "-",
            recovery.firstRecord.map(text) ?? "-", text(recovery.caughtUp), "\(recovery.peakMegabytes)",
        ])
    }
    let output = OutputWriter()
    output.write(table.text())
    try output.flush()
}

private func text(_ seconds: Double) -> String { Figures.duration(.seconds(seconds)) }

/// How a start went, in seconds.
struct Recovery: Codable, Sendable {
    var loaded: Int64 = 0
    var restored: Int64 = 0
    /// All tasks have their stores.
    var running: Double?
    var firstRecord: Double?
    var caughtUp = 0.0
    var peakMegabytes = 0
}

/// `benchmarks recover-run`: what `recover` starts.
let recoverRunCommand = Command(
    "recover-run", "Runs a job with a large store: until it is killed, or until it has caught up.",
    options: [
        .storedScale, .data, .stateDirectory, .store, .stateMemory,
        .flag("feeds", "Writes input without end."),
        CommandOption(
            "started-at", "NANOSECONDS", "When the process was started, by the monotonic clock.",
            kind: .integer(0...Int.max)),
    ]
) { invocation in
    let arguments = invocation.arguments
    let startedAt = arguments.integer("started-at") ?? ProcessUsage.clock
    let directory = try arguments.required("data")
    let recovery = Mutex(Recovery())
    try await BrokerConnector(console: invocation.console)
        .withClient(of: .embedded(directory: directory), clientID: "recover", allowsTopicCreation: false) { client in
            let run = RecoverRun(
                scale: try arguments.scale, feeds: arguments.flag("feeds"),
                store: StoreSettings(arguments, defaultDirectory: "\(directory)/state"), client: client, startedAt: startedAt)
            let result = try await run.run()
            recovery.withLock { $0 = result }
        }
    let output = OutputWriter()
    output.writeLine(String(decoding: try JSONEncoder().encode(recovery.withLock { $0 }), as: UTF8.self))
    try output.flush()
}

/// One life of the job.
private struct RecoverRun: Sendable {
    let scale: Scale
    let feeds: Bool
    let store: StoreSettings
    let client: KafkaClient
    let startedAt: Int

    private struct Filler: Processor {
        var store: StateTable<Bytes, Bytes>?

        mutating func start(_ context: ProcessorContext<Bytes, Bytes>) throws {
            store = try context.keyValueStore("store")
        }

        mutating func process(_ record: Record<Bytes, Bytes>, _ context: ProcessorContext<Bytes, Bytes>) throws {
            guard let key = record.key else { return }
            try store?.put(key, record.value)
        }
    }

    private var input: String { DataSet.empty.topic(at: scale) }

    func run() async throws -> Recovery {
        let builder = StreamsBuilder()
        _ = builder.stream(input, key: .bytes, value: .bytes)
            .process(key: .bytes, value: .bytes, stores: [.keyValue("store", key: Serde.bytes, value: Serde.bytes)]) {
                Filler()
            }
        let milestones = RecoveryMilestones(startedAt: startedAt, prints: feeds)
        var configuration = StreamsConfiguration(
            applicationID: DataSet.storedRowsApplication(at: scale), guarantee: .atLeastOnce,
            commitInterval: .milliseconds(100), exitsWhenIdle: !feeds, observer: { milestones.note($0) })
        store.set(&configuration)
        let application = try StreamsApplication(builder.build(), configuration: configuration, client: client)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            if feeds {
                group.addTask {
                    try await feed()
                    return false
                }
            }
            defer { group.cancelAll() }
            while let isApplication = try await group.next(), !isApplication {}
        }
        return milestones.finish()
    }

    /// New values for rows that are there, some 50,000 a second.
    private func feed() async throws {
        let producer = Producer(client: client, configuration: ProducerConfiguration(batchBytes: 65536))
        let rows = UInt64(DataSet.storedRows.count(at: scale))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            defer { group.cancelAll() }
            var number: UInt64 = 0
            while true {
                for _ in 0..<500 {
                    var writer = ByteWriter(capacity: 64)
                    let shape = DataSet.storedRows.write(SplitMix.bounded(SplitMix(seed: 8)[number], rows), &writer)
                    let bytes = writer.finish()
                    let split = shape.keyCount ?? 0
                    try await producer.enqueue(
                        ProducerRecord(
                            topic: input, timestamp: shape.timestamp, key: bytes[0..<split],
                            value: bytes[split..<bytes.count]))
                    number += 1
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

/// Notes when things happened.
private final class RecoveryMilestones: Sendable {
    private let startedAt: Int
    private let prints: Bool
    private let state = Mutex<(recovery: Recovery, assigned: Int, running: Int)>((Recovery(), 0, 0))

    init(startedAt: Int, prints: Bool) {
        self.startedAt = startedAt
        self.prints = prints
    }

    private var elapsed: Double { Double(ProcessUsage.clock - startedAt) / 1e9 }

    func note(_ event: StreamsEvent) {
        let isRunning = state.withLock { state in
            switch event {
            case .assigned(let tasks): (state.assigned, state.running) = (tasks.count, 0)
            case .loaded(_, _, let records): state.recovery.loaded += records
            case .restored(_, _, let records): state.recovery.restored += records
            case .firstRecord: state.recovery.firstRecord = state.recovery.firstRecord ?? elapsed
            case .committed: state.recovery.caughtUp = elapsed
            case .running:
                state.running += 1
                guard state.running == state.assigned else { return false }
                state.recovery.running = elapsed
                return true
            default: break
            }
            return false
        }
        if isRunning, prints {
            let output = OutputWriter()
            output.writeLine("RUNNING")
            try? output.flush()
        }
    }

    func finish() -> Recovery {
        state.withLock { state in
            state.recovery.peakMegabytes = ProcessUsage.peakMemory / 1_000_000
            return state.recovery
        }
    }
}

import Foundation
import KafkaClient
import Millrace
import MillraceCommandLine
import Synchronization

/// `benchmarks engine`: the engine alone, against a broker that is another process.
let engineCommand = Command(
    "engine", "Runs a workload's topology against a broker, as the environment says, until it is told to end.",
    discussion: """
        The environment is that of section 6 of the workloads' definition: BENCH_WORKLOAD, BENCH_BOOTSTRAP, BENCH_APP_ID, \
        BENCH_INPUT, BENCH_OUTPUT, BENCH_GUARANTEE, BENCH_COMMIT_MS, BENCH_CACHE_BYTES; BENCH_STATE_DIR keeps local state. Prints FIRST_RECORD, RUNNING, \
        RESTORED and CHECK lines. SIGTERM ends it.
        """
) { invocation in
    let settings = try EngineSettings(ProcessInfo.processInfo.environment)
    if settings.wantsPersistentStores, settings.stateDirectory == nil {
        invocation.console.info("stores are in memory, with changelog topics: BENCH_STATE_DIR has to say where RocksDB keeps them")
    }
    try await BrokerConnector(console: invocation.console)
        .withClient(of: settings.bootstrap, clientID: settings.applicationID, allowsTopicCreation: false) { client in
            try await EngineRun(settings, client: client).run(until: invocation.stop)
        }
}

/// A run of `benchmarks engine`.
private struct EngineRun: Sendable {
    let settings: EngineSettings
    let client: KafkaClient
    /// The partitions of the first input topic.
    let partitions: Int

    init(_ settings: EngineSettings, client: KafkaClient) async throws {
        self.settings = settings
        self.client = client
        partitions = try await client.partitions(of: settings.inputs[0]).count
    }

    func run(until stop: StopSignal) async throws {
        let milestones = Milestones(reportsRestoring: settings.workload == .restore)
        let topology =
            if let workload = settings.workload.workload {
                try workload.topology(settings.inputs, settings.output)
            } else {
                try RestoredStore(tasks: partitions) { Milestones.print("CHECK \($0)") }.topology(input: settings.inputs[0])
            }
        let application = try StreamsApplication(
            topology,
            configuration: StreamsConfiguration(
                applicationID: settings.applicationID, guarantee: settings.guarantee,
                commitInterval: settings.commitInterval,
                cacheBytes: settings.cacheBytes ?? settings.workload.cacheBytes,
                stateDirectory: settings.stateDirectory,
                defaultStore: settings.wantsPersistentStores && settings.stateDirectory != nil ? .rocksDB : .memory,
                observer: { milestones.note($0) }),
            client: client)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            group.addTask {
                await stop.wait()
                application.stop()
                return false
            }
            defer { group.cancelAll() }
            while let isApplication = try await group.next(), !isApplication {}
        }
    }
}

/// Prints when things happened for the first time.
private final class Milestones: Sendable {
    private struct State {
        var assigned = 0
        var running = 0
        var hasRecord = false
    }

    private let reportsRestoring: Bool
    private let state = Mutex(State())

    init(reportsRestoring: Bool) {
        self.reportsRestoring = reportsRestoring
    }

    func note(_ event: StreamsEvent) {
        switch event {
        case .firstRecord:
            let isFirst = state.withLock { state in
                defer { state.hasRecord = true }
                return !state.hasRecord
            }
            if isFirst { Self.print("FIRST_RECORD \(Self.now)") }
        case .assigned(let tasks):
            state.withLock { $0.assigned = tasks.count }
        case .running:
            let isComplete = state.withLock { state in
                state.running += 1
                return state.running == state.assigned
            }
            guard isComplete else { return }
            Self.print("RUNNING \(Self.now)")
            if reportsRestoring { Self.print("RESTORED \(Self.now)") }
        default: break
        }
    }

    private static var now: Int { Int(Date().timeIntervalSince1970 * 1000) }

    static func print(_ line: String) {
        let output = OutputWriter()
        output.writeLine(line)
        try? output.flush()
    }
}

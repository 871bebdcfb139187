import KafkaClient
import Millrace
import MillraceCommandLine
import Synchronization

/// `benchmarks restore`: a store from its changelog.
let restoreCommand = runsCommand(
    RestoreRun.name, "Rebuilds a store of 5,000,000 rows of 8 and 32 bytes from its changelog (W6).",
    reference: Reference(
        recordsPerSecond: 344_068, recordsPerCPUSecond: 181_159, peakMegabytes: 1624, firstOutputSeconds: 14.5),
    options: [.broker])

/// One measured rebuild in this process: engine and broker together.
struct RestoreRun: Sendable {
    static let name = EngineWorkload.restore.rawValue

    let scale: Scale
    let client: KafkaClient
    /// When the process was started, by `ProcessUsage.clock`.
    let startedAt: Int

    private static let expected: [Scale: Checksum] = [
        .full: Checksum(count: 5_000_000, sum: 0x5b99_75f1_44dd_bf28),
        .fiftieth: Checksum(count: 100_000, sum: 0x6200_ce80_7cfb_66a3),
    ]

    /// When all tasks had their stores, and what had been used until then.
    private struct Moment {
        let nanoseconds = ProcessUsage.clock
        let cpuSeconds = ProcessTime.cpuSeconds
        let peakMemory = ProcessUsage.peakMemory
        let residentMemory = ProcessUsage.residentMemory
    }

    /// Runs the topology without local state until its tasks have their stores, and then counts the rows.
    func measure() async throws -> Measurement {
        let tasks = Int(DataSet.empty.partitions)
        let running = Mutex<(tasks: Int, all: Moment?)>((0, nil))
        let counted = Mutex(Checksum())
        let store = RestoredStore(tasks: tasks, countsAtEnd: true) { sum in counted.withLock { $0 = sum } }
        let application = try StreamsApplication(
            store.topology(input: DataSet.empty.topic(at: scale)),
            configuration: StreamsConfiguration(
                applicationID: DataSet.storedRowsApplication(at: scale), guarantee: .atLeastOnce, exitsWhenIdle: true,
                observer: { event in
                    guard case .running = event else { return }
                    running.withLock { running in
                        running.tasks += 1
                        if running.tasks == tasks { running.all = Moment() }
                    }
                }),
            client: client)
        let memoryBefore = ProcessUsage.residentMemory
        try await application.run()
        guard let end = running.withLock({ $0.all }) else { throw CommandFailure("not all of \(tasks) tasks have run") }
        let (found, records) = (counted.withLock { $0 }, DataSet.storedRows.count(at: scale))
        let memory = memoryBefore.flatMap { before in end.residentMemory.map { max(0, $0 - before) } }
        return Measurement(
            workload: Self.name, scale: scale, records: records, seconds: Double(end.nanoseconds - startedAt) / 1e9,
            cpuSeconds: end.cpuSeconds, peakMegabytes: Double(end.peakMemory) / 1e6, firstOutputSeconds: nil,
            bytesPerRow: memory.map { Double($0) / Double(records) }, results: ["restore": "\(found)"],
            faults: Self.expected[scale].flatMap { $0 == found ? nil : "the store is \(found) and not \($0)" }.map { [$0] } ?? [])
    }
}

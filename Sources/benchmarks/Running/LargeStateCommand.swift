import Foundation
import KafkaClient
import KafkaProtocol
import Millrace
import MillraceCommandLine
import Synchronization

/// `benchmarks largestate`: more rows than there is memory for.
let largeStateCommand = Command(
    "largestate", "Fills stores with 50,000,000 rows (keys of 16 bytes to Int64), changes 5,000,000 at random and reads all.",
    discussion: """
        Engine and embedded broker are one process, with four tasks. Rows are put in random order, which goes to the changelog too; \
        then rows at random are read and put again; then all are read in order and compared. It fails if they are not what they \
        should be, and if resident memory has been over 1.25 of --state-memory beside what the program had at the first record and \
        64 MB for what broker, producers and consumers hold in buffers. With --store memory it shows how much memory rows take.
        """,
    options: [
        .scale, .data, .stateMemory,
        CommandOption(
            "rows", "N", "How many rows, in place of what --scale says: a multiple of 40,000.", kind: .integer(40_000...Int(Int32.max))),
        CommandOption(
            "store", "ENGINE", "What keeps the rows.", kind: .choice(StoreEngine.allCases.map(\.rawValue)),
            default: StoreEngine.rocksDB.rawValue),
    ]
) { invocation in
    let arguments = invocation.arguments
    let files = WorkingDirectory(arguments.text("data"), for: "largestate")
    defer { files.release() }
    let directory = files.path
    let rows = try arguments.integer("rows") ?? (arguments.scale == .full ? 50_000_000 : 1_000_000)
    guard rows % 40_000 == 0 else { throw UsageError("--rows \(rows) is no multiple of 40,000") }
    let (connector, store) = (
        BrokerConnector(console: invocation.console), StoreSettings(arguments, defaultDirectory: "\(directory)/state")
    )
    let found = try await invocation.stop.cancelling {
        let figures = Mutex(LargeState.Figures())
        try await connector.withClient(of: .embedded(directory: directory), clientID: "largestate", allowsTopicCreation: false) {
            let found = try await LargeState(blocks: UInt64(rows / 1000), store: store, client: $0).run()
            figures.withLock { $0 = found }
        }
        return figures.withLock { $0 }
    }
    var table = TextTable(["phase", "rows", "seconds", "rows a second", "rows a CPU second", "resident MB"])
    for phase in found.phases {
        table.add([
            phase.name, "\(phase.rows)", Figures.duration(.seconds(phase.seconds)), "\(Int(Double(phase.rows) / phase.seconds))",
            "\(Int(Double(phase.rows) / phase.cpuSeconds))", "\(phase.residentMemory / 1_000_000)",
        ])
    }
    let output = OutputWriter()
    output.write(table.text())
    let (peak, program) = (found.peakMemory / 1_000_000, found.programMemory / 1_000_000)
    output.writeLine("resident memory: \(peak) MB at most, of which the program had \(program) MB at the first record")
    try output.flush()
    if let fault = found.fault { throw CommandFailure(fault) }
}

/// One run of it. The input asks for blocks of rows: of 1000 rows that are new, or that there are, or all whose keys begin with some
/// bytes.
private struct LargeState: Sendable {
    static let rowsPerBlock: UInt64 = 1000
    static let partitions: UInt64 = 4
    /// The requests from this one on are for all rows of a partition whose keys begin with a byte, of which there are 256.
    static let firstRead: UInt64 = 1 << 62
    /// What broker, producers (8 MB each) and consumers have in buffers under load, beside what there is at the first record.
    static let buffers = 64_000_000

    /// How many blocks of new rows; a tenth as many are changed.
    let blocks: UInt64
    let store: StoreSettings
    let client: KafkaClient

    struct Phase: Sendable {
        var name: String
        var rows = 0
        var seconds = 0.0
        var cpuSeconds = 0.0
        var residentMemory = 0
    }

    struct Figures: Sendable {
        var phases: [Phase] = []
        var programMemory = 0
        var peakMemory = 0
        var fault: String?
    }

    func run() async throws -> Figures {
        let progress = Progress()
        let name = "largestate-\(ProcessUsage.clock)"
        let admin = AdminClient(client: client)
        try await admin.createTopics([NewTopic(name, partitions: Int32(Self.partitions))])
        let builder = StreamsBuilder()
        let (blocks, rows) = (blocks, StoreBuilder.keyValue("rows", key: Serde.bytes, value: Serde.int64))
        _ = builder.stream(name, key: .bytes, value: .int64).process(key: .bytes, value: .bytes, stores: [rows]) {
            Filler(blocks: blocks, progress: progress)
        }
        var configuration = StreamsConfiguration(
            applicationID: name, guarantee: .atLeastOnce, commitInterval: .seconds(1), exitsWhenIdle: true)
        store.set(&configuration)
        let topology = try builder.build()
        var figures = Figures()
        var requests: [(name: String, numbers: Range<UInt64>)] = []
        requests.append(("fill", 0..<blocks))
        requests.append(("change", blocks..<blocks + blocks / 10 / Self.partitions * Self.partitions))
        requests.append(("read all", Self.firstRead..<Self.firstRead + Self.partitions * 256))
        for (phase, numbers) in requests {
            try await send(numbers, to: name)
            let (start, cpu) = (ProcessUsage.clock, ProcessTime.cpuSeconds)
            try await StreamsApplication(topology, configuration: configuration, client: client).run()
            figures.phases.append(
                Phase(
                    name: phase, rows: progress.takeRows(), seconds: Double(ProcessUsage.clock - start) / 1e9,
                    cpuSeconds: ProcessTime.cpuSeconds - cpu, residentMemory: progress.residentMemory))
        }
        figures.programMemory = progress.programMemory
        figures.peakMemory = ProcessUsage.peakMemory
        figures.fault = fault(progress, figures, budget: configuration.stateMemory)
        return figures
    }

    private func fault(_ progress: Progress, _ figures: Figures, budget: Int) -> String? {
        let rows = blocks * Self.rowsPerBlock
        // Of all numbers, and one for each change.
        let sum = rows * (rows - 1) / 2 + blocks / 10 / Self.partitions * Self.partitions * Self.rowsPerBlock
        if progress.found != (rows, sum) { return "there are \(progress.found), and should be \((rows, sum))" }
        guard store.engine == .rocksDB, figures.peakMemory > figures.programMemory + Self.buffers + budget / 4 * 5
        else { return nil }
        return "resident memory was \(figures.peakMemory), more than 1.25 of \(budget) beside the program's \(figures.programMemory)"
    }

    private func send(_ numbers: Range<UInt64>, to topic: String) async throws {
        let producer = Producer(client: client, configuration: ProducerConfiguration(batchBytes: 65536))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            defer { group.cancelAll() }
            for number in numbers {
                var writer = ByteWriter(capacity: 8)
                writer.write(Int64(bitPattern: number))
                try await producer.enqueue(
                    ProducerRecord(
                        topic: topic, partition: Int32(number % Self.partitions), timestamp: 0, key: nil, value: writer.finish()))
            }
            try await producer.flush()
        }
    }

    /// What the tasks have done so far.
    final class Progress: Sendable {
        private let state = Mutex<(rows: Int, program: Int, resident: Int, found: (rows: UInt64, sum: UInt64))>((0, 0, 0, (0, 0)))

        func note(rows: Int) {
            state.withLock { state in
                if state.program == 0 { state.program = ProcessUsage.residentMemory ?? 0 }
                state.rows += rows
            }
        }

        func note(_ rows: UInt64, _ sum: UInt64) {
            state.withLock { state in
                state.found.rows += rows
                state.found.sum &+= sum
            }
        }

        func takeRows() -> Int {
            state.withLock { state in
                defer { state.rows = 0 }
                return state.rows
            }
        }

        func noteResident() { state.withLock { $0.resident = ProcessUsage.residentMemory ?? 0 } }
        var residentMemory: Int { state.withLock { $0.resident } }
        var programMemory: Int { state.withLock { $0.program } }
        var found: (rows: UInt64, sum: UInt64) { state.withLock { $0.found } }
    }

    private struct Filler: Processor {
        let blocks: UInt64
        let progress: Progress
        var rows: StateTable<Bytes, Int64>?

        init(blocks: UInt64, progress: Progress) {
            self.blocks = blocks
            self.progress = progress
        }

        mutating func start(_ context: ProcessorContext<Bytes, Bytes>) throws {
            rows = try context.keyValueStore("rows")
        }

        mutating func process(_ record: Record<Bytes, Int64>, _ context: ProcessorContext<Bytes, Bytes>) throws {
            guard let rows, let block = record.value.map({ UInt64(bitPattern: $0) }) else { return }
            if block >= firstRead {
                var (count, sum): (UInt64, UInt64) = (0, 0)
                for row in try rows.prefix(Bytes([UInt8(truncatingIfNeeded: (block - firstRead) / partitions)])) {
                    (count, sum) = (count + 1, sum &+ UInt64(bitPattern: row.value))
                }
                progress.note(rows: Int(count))
                progress.note(count, sum)
            } else if block >= blocks {
                for number in 0..<rowsPerBlock { try change(block, number, rows) }
                progress.note(rows: Int(rowsPerBlock))
            } else {
                for number in block * rowsPerBlock..<(block + 1) * rowsPerBlock {
                    try rows.put(Self.key(number), Int64(bitPattern: number))
                }
                progress.note(rows: Int(rowsPerBlock))
            }
            if block % 64 < partitions { progress.noteResident() }
        }

        /// Adds one to a row of the same partition.
        private func change(_ block: UInt64, _ number: UInt64, _ rows: StateTable<Bytes, Int64>) throws {
            let random = SplitMix(seed: block)[number]
            let other = SplitMix.bounded(random, blocks / partitions) * partitions + block % partitions
            let key = Self.key(other * rowsPerBlock + random % rowsPerBlock)
            guard let value = rows.get(key) else { throw CommandFailure("a row is missing") }
            try rows.put(key, value + 1)
        }

        /// Keys in random order, none twice.
        private static func key(_ number: UInt64) -> Bytes {
            var writer = ByteWriter(capacity: 16)
            writer.write(SplitMix.mix(number))
            writer.write(number)
            return writer.finish()
        }
    }
}

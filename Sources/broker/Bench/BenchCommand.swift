import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let benchCommand = Command(
    "bench", "Measures how fast records go in and out of a broker.",
    options: [.broker, .clientConfig, .flag("json", "Prints the figures as a line of JSON.")],
    subcommands: [benchProduce, benchConsume])

private let benchProduce = Command(
    "produce", "Sends records of random letters as fast as they are acknowledged.",
    discussion: "Records have no key; partitions take turns, a batch each. The records are cut from a block made once.",
    options: [
        CommandOption("topic", "T", "The topic; it is created if it is missing.", isRequired: true),
        CommandOption("records", "N", "How many records.", kind: .integer(1...Int.max), default: "1000000"),
        CommandOption("record-size", "BYTES", "The size of a record's value.", kind: .size, default: "100"),
        CommandOption("batch-size", "BYTES", "The size at which a batch is sent.", kind: .size, default: "64KiB"),
        CommandOption("linger", "TIME", "How long a batch waits to become full.", kind: .duration, default: "5ms"),
        CommandOption("acks", "ACKS", "Who must have a batch.", kind: .choice(["0", "1", "all"]), default: "all"),
        CommandOption(
            "compression", "NAME", "How batches are compressed.",
            kind: .choice(Compression.allCases.map(\.description)), default: "none"),
        CommandOption(
            "partitions", "N", "How many partitions a topic that is created has.", kind: .integer(1...100_000),
            default: "1"),
    ]
) { invocation in
    let arguments = invocation.arguments
    let size = arguments.bytes("record-size") ?? 100
    guard size <= BenchData.limit else { throw UsageError("--record-size: at most \(Figures.bytes(BenchData.limit))") }
    let acks: ProducerConfiguration.Acknowledgements =
        switch arguments.text("acks") {
        case "0": .none
        case "1": .leader
        default: .all
        }
    let compression = Compression(name: try arguments.required("compression")) ?? .none
    try compression.check()
    let bench = ProduceBench(
        topic: try arguments.required("topic"), partitions: Int32(arguments.integer("partitions") ?? 1),
        records: arguments.integer("records") ?? 0, data: BenchData(recordSize: size),
        configuration: ProducerConfiguration(
            acks: acks, batchBytes: arguments.bytes("batch-size") ?? 65536, linger: arguments.duration("linger") ?? .zero,
            compression: compression, isIdempotent: acks == .all),
        console: invocation.console)
    try await withBenchClient(invocation) { try await bench.run($0) }
}

private let benchConsume = Command(
    "consume", "Reads a topic from its beginning, looking at each record.",
    options: [
        CommandOption("topic", "T", "The topic.", isRequired: true),
        CommandOption("records", "N", "Ends after N records. Default: those that are there.", kind: .integer(1...Int.max)),
    ]
) { invocation in
    let arguments = invocation.arguments
    let bench = ConsumeBench(
        topic: try arguments.required("topic"), limit: arguments.integer("records") ?? .max,
        console: invocation.console)
    try await withBenchClient(invocation) { try await bench.run($0) }
}

/// Runs `body` with a client of the broker that the command line names, and prints what it measures.
private func withBenchClient(
    _ invocation: Invocation, _ body: @escaping @Sendable (KafkaClient) async throws -> BenchResult
) async throws {
    let arguments = invocation.arguments
    let result = try await BrokerConnector(
        console: invocation.console, clientProperties: arguments.clientProperties()
    ).withClient(of: arguments.brokerAddress(), clientID: "broker-bench", allowsTopicCreation: false) { client in
        try await invocation.stop.cancelling { try await body(client) }
    }
    let output = OutputWriter()
    output.write(arguments.flag("json") ? result.json : result.text)
    try output.flush()
}

/// Letters to cut records from.
struct BenchData: Sendable {
    /// The largest record.
    static let limit = 8 << 20
    let recordSize: Int
    let block: Bytes

    init(recordSize: Int) {
        self.recordSize = recordSize
        // The same letters each time, so that runs compress alike.
        var state: UInt64 = 42
        block = Bytes(
            (0..<recordSize + (1 << 20)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(ascii: "a") + UInt8(truncatingIfNeeded: (state >> 33) % 26)
            })
    }

    /// Where record `number` lies in `block`.
    func offset(of number: Int) -> Int { number &* 101 & ((1 << 20) - 1) }
}

import KafkaClient
import KafkaProtocol
import MillraceCommandLine
import Synchronization

let produceCommand = Command(
    "produce", "Sends each line of a file or of standard input as a record.",
    discussion: """
        A record is the bytes of a line without its "\\n", with the time of sending as its timestamp. With --json each line is an \
        object as "broker consume --json" prints it: {"key","value","headers":[[name,value]],"timestamp","partition"}, of which all \
        may be left out. Formats: string, int32, int64, double, json and base64.
        """,
    options: [
        .broker, .clientConfig,
        CommandOption("topic", "T", "The topic; it must exist.", isRequired: true),
        CommandOption(
            "file", "F", "The file; one whose name ends in .gz is unpacked; - is standard input.", default: "-"),
        CommandOption(
            "key-separator", "S",
            "What parts a line into key and value, at its first place; \\t is a tab. Without it records have no key."),
        CommandOption(
            "compression", "NAME", "How batches are compressed.",
            kind: .choice(Compression.allCases.map(\.description)), default: "none"),
        .flag("json", "Each line is a JSON object with the parts of a record."),
        CommandOption("key-format", "FORMAT", "What keys are sent as.", kind: sentFormat, default: "string"),
        CommandOption("value-format", "FORMAT", "What values are sent as.", kind: sentFormat, default: "string"),
        CommandOption("null-marker", "TEXT", "The text that stands for no key or no value at all."),
        CommandOption("header", "NAME=VALUE", "A header of all records.", kind: .pair, isRepeatable: true),
        CommandOption(
            "timestamp", "TIME", "The timestamp of all records: 2026-11-28T09:30:00Z, or milliseconds since 1970.",
            kind: .checked { _ = try Datetime(parsing: $0) }),
        CommandOption(
            "partition", "N", "The partition of all records. Default: that of the key.", kind: .integer(0...Int(Int32.max))),
        CommandOption(
            "rate", "N", "How many records are sent a second. Default: as many as there are.", kind: .integer(1...1_000_000)),
    ]
) { invocation in
    let arguments = invocation.arguments
    let send = SendLines(
        topic: try arguments.required("topic"), path: try arguments.required("file"), line: try LineFormat(arguments),
        compression: Compression(name: try arguments.required("compression")) ?? .none, rate: arguments.integer("rate"),
        invocation: invocation)
    try send.compression.check()
    try await BrokerConnector(console: invocation.console, clientProperties: invocation.arguments.clientProperties())
        .withClient(of: arguments.brokerAddress(), clientID: "broker-produce", allowsTopicCreation: false, mustExist: true) { client in
            try await send.run(client)
        }
}

private let sentFormat = CommandOption.Kind.checked {
    switch try RecordFormat(parsing: $0) {
    case .windowed, .session: throw ValueError("\"\($0)\" can only be read, not written")
    default: break
    }
}

/// `text` with `\t`, `\n`, `\0` and `\\` made into what they stand for. Throws `UsageError` if it is empty.
func unescaped(_ text: String, option: String) throws -> String {
    guard !text.isEmpty else { throw UsageError("--\(option): it must not be empty") }
    return text.replacing("\\t", with: "\t").replacing("\\0", with: "\0").replacing("\\n", with: "\n")
}

/// One `broker produce`.
struct SendLines: Sendable {
    let topic: String
    let path: String
    let line: LineFormat
    let compression: Compression
    /// Records a second; nil for as many as there are.
    let rate: Int?
    let invocation: Invocation

    /// Sends all lines, or those read until a stop signal. Tells how many were acknowledged, whatever ended it.
    func run(_ client: KafkaClient) async throws {
        let partitions = Int32(try await client.existingPartitions(of: topic).count)
        let reader = try InputReader(path: path, stop: invocation.stop)
        let producer = Producer(
            client: client,
            configuration: ProducerConfiguration(
                batchBytes: 128 << 10, compression: compression, deliveryTimeout: .seconds(30)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            defer { group.cancelAll() }
            let started = ContinuousClock.now
            let acknowledged = Acknowledged()
            let outcome = await send(reader, producer, partitions: partitions, acknowledged, started: started)
            // What is under way comes to its end, whatever failed.
            await producer.close()
            let (sent, time) = (acknowledged.count, ContinuousClock.now - started)
            let all = sent == outcome.read ? "" : " of \(Figures.count(outcome.read))"
            invocation.console.info(
                "sent \(Figures.count(sent))\(all) records to \(topic) in \(Figures.duration(time)), "
                    + "\(Figures.rate(sent, in: time)) per second")
            if let failure = outcome.failure { throw failure }
        }
    }

    /// Returns how many lines were read, and what went wrong.
    private func send(
        _ reader: InputReader, _ producer: Producer, partitions: Int32, _ acknowledged: Acknowledged,
        started: ContinuousClock.Instant
    ) async -> (read: Int, failure: (any Error)?) {
        var batches = LineBatches(
            topic: topic, line: line, accumulator: BatchAccumulator(batchBytes: 128 << 10, compression: compression),
            partitions: partitions)
        let progress = ProgressReport("sending", on: invocation.console)
        defer { progress.finish() }
        var failure: (any Error)?
        do {
            try await readAll(reader, into: &batches, producer, acknowledged, progress, started: started)
        } catch {
            failure = error
        }
        do {
            // Complete lines are sent whatever ended the input.
            try await enqueue(batches.accumulator.takeAll(), producer, acknowledged)
            try await producer.flush()
        } catch {
            failure = failure ?? error
        }
        return (batches.count, failure)
    }

    private func enqueue(
        _ batches: [PreparedBatch], _ producer: Producer, _ acknowledged: Acknowledged
    ) async throws {
        for batch in batches {
            let count = batch.recordCount
            try await producer.enqueue([batch]) { result in
                if case .success = result { acknowledged.add(count) }
            }
        }
    }

    private func readAll(
        _ reader: InputReader, into batches: inout LineBatches, _ producer: Producer,
        _ acknowledged: Acknowledged, _ progress: ProgressReport, started: ContinuousClock.Instant
    ) async throws {
        var splitter = LineSplitter()
        var pace = rate.map { Pace(rate: $0, started: started) }
        while let chunk = try await reader.next() {
            batches.timestamp = currentMilliseconds()
            if pace == nil {
                try splitter.split(chunk) { try batches.append($0) }
            } else {
                var lines: [Bytes] = []
                try splitter.split(chunk) { lines.append(Bytes(Array($0))) }
                for line in lines {
                    if let pause = pace?.pause(now: .now) {
                        try await enqueue(batches.accumulator.takeAll(), producer, acknowledged)
                        try await invocation.stop.cancelling { try await Task.sleep(for: pause) }
                        batches.timestamp = currentMilliseconds()
                    }
                    try line.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws in try batches.append(bytes) }
                }
            }
            // When the input pauses, so do we: what has come in is sent.
            let ready = reader.isDrained ? batches.accumulator.takeAll() : batches.accumulator.takeFull()
            if !ready.isEmpty { try await enqueue(ready, producer, acknowledged) }
            let count = batches.count
            progress.update(
                fraction: reader.fraction,
                "\(Figures.count(count)) records, \(Figures.rate(count, in: .now - started)) per second")
        }
        batches.timestamp = currentMilliseconds()
        try splitter.finish { try batches.append($0) }
    }
}

/// How many records brokers have acknowledged.
private final class Acknowledged: Sendable {
    private let records = Atomic(0)
    var count: Int { records.load(ordering: .acquiring) }
    func add(_ count: Int) { records.add(count, ordering: .acquiringAndReleasing) }
}

/// When records are due that are sent at a rate.
struct Pace {
    let rate: Int
    let started: ContinuousClock.Instant
    private var count = 0

    init(rate: Int, started: ContinuousClock.Instant) {
        self.rate = rate
        self.started = started
    }

    /// Counts a record; returns how long to wait before it is sent, nil for a time that is not worth a pause.
    mutating func pause(now: ContinuousClock.Instant) -> Duration? {
        let due = started + .seconds(Double(count) / Double(rate))
        count += 1
        let pause = due - now
        return pause > .milliseconds(5) ? pause : nil
    }
}

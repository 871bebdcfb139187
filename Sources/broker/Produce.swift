import KafkaClient
import KafkaProtocol
import MillraceCommandLine
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

let produceCommand = Command(
    "produce", "Sends each line of a file or of standard input as a record.",
    discussion: "A record is the bytes of a line without its \"\\n\", with the time of sending as its timestamp.",
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
    ]
) { invocation in
    let arguments = invocation.arguments
    let line = LineFormat(
        separator: try arguments.text("key-separator").map { try Bytes(utf8: unescaped($0, option: "key-separator")) })
    let send = SendLines(
        topic: try arguments.required("topic"), path: try arguments.required("file"), line: line,
        compression: Compression(name: try arguments.required("compression")) ?? .none, invocation: invocation)
    try send.compression.check()
    try await BrokerConnector(console: invocation.console, clientProperties: invocation.arguments.clientProperties())
        .withClient(of: arguments.brokerAddress(), clientID: "broker-produce", allowsTopicCreation: false, mustExist: true) { client in
            try await send.run(client)
        }
}

/// `text` with `\t`, `\n`, `\0` and `\\` made into what they stand for. Throws `UsageError` if it is empty.
func unescaped(_ text: String, option: String) throws -> String {
    guard !text.isEmpty else { throw UsageError("--\(option): it must not be empty") }
    return text.replacing("\\t", with: "\t").replacing("\\0", with: "\0").replacing("\\n", with: "\n")
}

/// How a line becomes a key and a value.
struct LineFormat: Sendable {
    var separator: Bytes?

    /// The line's key and value. Throws `CommandFailure` if the line has no separator and there should be one.
    func parts(
        of line: UnsafeRawBufferPointer, number: Int
    ) throws -> (key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer) {
        guard let separator else { return (nil, line) }
        let found = separator.withUnsafeBytes { firstPlace(of: $0, in: line) }
        guard let found else {
            throw CommandFailure("line \(number) has no key separator \"\(separator)\"; the lines before it are sent")
        }
        let valueStart = found + separator.count
        return (
            UnsafeRawBufferPointer(rebasing: line[..<found]), UnsafeRawBufferPointer(rebasing: line[valueStart...])
        )
    }
}

/// Where `pattern` first stands in `bytes`.
private func firstPlace(of pattern: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let wanted = pattern.baseAddress else { return nil }
    var start = 0
    while start + pattern.count <= bytes.count,
        let found = memchr(base + start, Int32(pattern[0]), bytes.count - pattern.count - start + 1)
    {
        if memcmp(found, wanted, pattern.count) == 0 { return UnsafeRawPointer(found) - base }
        start = UnsafeRawPointer(found) - base + 1
    }
    return nil
}

/// One `broker produce`.
struct SendLines: Sendable {
    let topic: String
    let path: String
    let line: LineFormat
    let compression: Compression
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
        while let chunk = try await reader.next() {
            batches.timestamp = currentMilliseconds()
            try splitter.split(chunk) { try batches.append($0) }
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

/// Lines on their way to batches. Those with a key go to the key's partition; the others go to one partition until
/// a batch is full, then to the next.
struct LineBatches {
    let line: LineFormat
    let accumulator: BatchAccumulator
    let slots: [PartitionSlot]
    var timestamp: Int64 = 0
    var count = 0
    private var current = 0
    private var bytesInCurrent = 0

    init(topic: String, line: LineFormat, accumulator: BatchAccumulator, partitions: Int32) {
        self.line = line
        self.accumulator = accumulator
        slots = (0..<max(partitions, 1)).map { accumulator.slot(topic: topic, partition: $0) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        let (key, value) = try line.parts(of: bytes, number: count + 1)
        if let key {
            let partition = Partitioner.partition(forKey: key, count: Int32(slots.count))
            accumulator.append(slots[Int(partition)], timestamp: timestamp, key: key, value: value)
        } else {
            accumulator.append(slots[current], timestamp: timestamp, key: nil, value: value)
            bytesInCurrent += value.count + 8
            if bytesInCurrent >= accumulator.batchBytes {
                bytesInCurrent = 0
                current = (current + 1) % slots.count
            }
        }
        count += 1
    }
}

import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let consumeCommand = Command(
    "consume", "Prints the records of a topic.",
    discussion: """
        Formats: string, int32, int64, double, json, base64, windowed:FORMAT:SIZE_MS and session:FORMAT. A line of JSON is \
        {"topic","partition","offset","timestamp","headers":[[name,value]],"key","value"}; a windowed key in it is \
        {"key","windowStart","windowEnd"}.
        """,
    options: [
        .broker, .clientConfig,
        CommandOption("topic", "T", "The topic.", isRequired: true),
        .flag("from-beginning", "Starts with the first records there are, instead of those that come from now on."),
        .flag("exit-at-end", "Ends when all records that are there at the start have been printed."),
        CommandOption("max", "N", "Ends after N records.", kind: .integer(0...Int.max)),
        CommandOption(
            "group", "ID",
            "Reads as a member of a consumer group, which shares the partitions and goes on where it was. What is printed "
                + "is committed every second and at the end."),
        CommandOption(
            "assignor", "NAME", "How the group shares the partitions.",
            kind: .choice(["range", "cooperative-sticky"]), default: "range"),
        CommandOption(
            "instance-id", "NAME", "The name of a static member, which keeps its partitions over a restart."),
        .flag("json", "Prints a line of JSON for each record, instead of the value alone."),
        CommandOption("key-format", "FORMAT", "How keys are printed.", kind: formatKind, default: "string"),
        CommandOption("value-format", "FORMAT", "How values are printed.", kind: formatKind, default: "string"),
        .flag("print-key", "Prints the key and a separator before each value. Not needed with --json."),
        CommandOption("key-separator", "S", "What stands between key and value; \\t is a tab.", default: "\\t"),
        CommandOption(
            "isolation", "LEVEL",
            "read_committed leaves out the records of transactions that are open or aborted, read_uncommitted does not.",
            kind: .choice(["read_committed", "read_uncommitted"]), default: "read_committed"),
        .flag(
            "skip-bad-records",
            "Passes over batches that are damaged and records that do not fit the format, and says which, instead of ending."),
    ]
) { invocation in
    let arguments = invocation.arguments
    let separator = try unescaped(arguments.required("key-separator"), option: "key-separator")
    let consume = PrintRecords(
        topic: try arguments.required("topic"),
        printer: RecordPrinter(
            keyFormat: try RecordFormat(parsing: arguments.required("key-format")),
            valueFormat: try RecordFormat(parsing: arguments.required("value-format")), isJSON: arguments.flag("json"),
            keySeparator: arguments.flag("print-key") ? separator : nil),
        fromBeginning: arguments.flag("from-beginning"), exitsAtEnd: arguments.flag("exit-at-end"),
        limit: arguments.integer("max") ?? .max,
        isolation: arguments.text("isolation") == "read_uncommitted" ? .readUncommitted : .readCommitted,
        skipsBadRecords: arguments.flag("skip-bad-records"), console: invocation.console)
    let membership = arguments.text("group").map {
        GroupMembership(
            group: $0, isCooperative: arguments.text("assignor") == "cooperative-sticky",
            instanceID: arguments.text("instance-id"))
    }
    if membership != nil, arguments.flag("exit-at-end") {
        throw UsageError("--exit-at-end does not go with --group: others may read what is left; use --max")
    }
    try await BrokerConnector(console: invocation.console, clientProperties: invocation.arguments.clientProperties())
        .withClient(of: arguments.brokerAddress(), clientID: "broker-consume", allowsTopicCreation: false, mustExist: true) { client in
            if let membership { return try await consume.run(client, in: membership, until: invocation.stop) }
            do {
                try await invocation.stop.cancelling { try await consume.run(client) }
            } catch is CancellationError where invocation.stop.isRequested {
                // Being stopped is how a consumer without an end ends.
            }
        }
}

private let formatKind = CommandOption.Kind.checked { _ = try RecordFormat(parsing: $0) }

/// One `broker consume`.
struct PrintRecords: Sendable {
    let topic: String
    let printer: RecordPrinter
    let fromBeginning: Bool
    let exitsAtEnd: Bool
    let limit: Int
    let isolation: IsolationLevel
    let skipsBadRecords: Bool
    let console: Console

    func run(_ client: KafkaClient) async throws {
        let partitions = try await client.existingPartitions(of: topic)
        let ends = exitsAtEnd ? try await unread(partitions, client) : [:]
        guard limit > 0, !exitsAtEnd || !ends.isEmpty else { return }
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: isolation))
        let start: StartPosition = fromBeginning ? .earliest : .latest
        try consumer.assign(
            Dictionary(uniqueKeysWithValues: (exitsAtEnd ? Array(ends.keys) : partitions).map { ($0, start) }))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await consumer.run()
                return false
            }
            group.addTask {
                try await print(from: consumer, ends: ends)
                return true
            }
            defer { group.cancelAll() }
            while let isPrinter = try await group.next(), !isPrinter {}
        }
    }

    /// The partitions that have something to read, with the offset after the last of it.
    private func unread(_ partitions: [TopicPartition], _ client: KafkaClient) async throws -> [TopicPartition: Int64] {
        guard fromBeginning else { return [:] }
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let ends = try await admin.listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: isolation)
        return ends.compactMapValues { $0.offset }.filter { $0.value > starts[$0.key]?.offset ?? 0 }
    }

    /// Prints until the limit or all `ends` are reached; without either, until the task is cancelled.
    private func print(from consumer: Consumer, ends: [TopicPartition: Int64]) async throws {
        let (news, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let partitions = consumer.assignment
        consumer.setListener(for: partitions) { signal.yield() }
        var iterator = news.makeAsyncIterator()
        let output = OutputWriter()
        var open = Set(partitions)
        var left = limit
        while left > 0, !open.isEmpty {
            var isIdle = true
            for partition in partitions where left > 0 && open.contains(partition) {
                // An error is about what comes after what was read.
                if let fetched = consumer.takeBatches(from: partition) {
                    isIdle = false
                    try print(fetched, before: ends[partition] ?? .max, left: &left, to: output)
                } else if let error = consumer.error(of: partition) {
                    isIdle = false
                    try output.flush()
                    try passOver(error, of: consumer)
                }
                if let end = ends[partition], let position = consumer.position(partition), position >= end {
                    open.remove(partition)
                }
            }
            if isIdle, left > 0, !open.isEmpty {
                try output.flush()
                guard await iterator.next() != nil else { throw CancellationError() }
            }
        }
        try output.flush()
    }

    /// Prints the records before `end` as long as there are some `left` to print; gives the offset of the last.
    @discardableResult
    func print(
        _ fetched: FetchedBatches, before end: Int64, left: inout Int, to output: OutputWriter
    ) throws -> Int64? {
        var last: Int64?
        // The end is that of a batch, so whole batches lie before it. (Tansu gives an offset inside of the last one.)
        for batch in fetched.batches where left > 0 && batch.header.baseOffset < end {
            do {
                var records = try batch.records()
                while left > 0, let record = try records.next() {
                    guard record.offset >= fetched.position else { continue }
                    if try write(record, of: fetched.topicPartition, to: output) { left -= 1 }
                    last = record.offset
                }
            } catch let error as KafkaProtocolError {
                // The records before the one that cannot be read are good.
                try output.flush()
                let bad = max(last.map { $0 + 1 } ?? fetched.position, batch.header.baseOffset)
                let place = "topic \(fetched.topicPartition.topic), partition \(fetched.topicPartition.partition)"
                guard skipsBadRecords else { throw CommandFailure("\(place), offset \(bad): \(error)") }
                console.warning("skipped \(place), offsets \(bad) to \(batch.header.lastOffset): \(error)")
                last = batch.header.lastOffset
            }
        }
        return last
    }

    /// Whether the record was printed; else it does not fit the format, and was passed over.
    private func write(_ record: RecordView, of partition: TopicPartition, to output: OutputWriter) throws -> Bool {
        do {
            try printer.write(record, from: partition, into: &output.buffer)
            try output.flushIfFull()
            return true
        } catch let error as CommandFailure {
            try output.flush()
            guard skipsBadRecords else { throw error }
            console.warning("skipped \(error)")
            return false
        }
    }

    /// Lets the consumer go on after a batch that is damaged, if it may. Throws the error if not.
    func passOver(_ error: KafkaError, of consumer: Consumer) throws {
        guard skipsBadRecords, error.code == .corruptBatch, let partition = error.topicPartition,
            let damaged = error.underlying as? DamagedBatch, let next = damaged.nextOffset, let offset = error.offset
        else { throw error }
        console.warning(
            "skipped topic \(partition.topic), partition \(partition.partition), offsets \(offset) to \(next - 1): \(damaged)")
        consumer.seek(partition, to: next)
    }
}

extension KafkaClient {
    /// The partitions of a topic. Throws `CommandFailure` if there is no such topic.
    func existingPartitions(of topic: String) async throws -> [TopicPartition] {
        do {
            return try await partitions(of: topic).map { TopicPartition(topic: topic, partition: $0.partition) }
                .sorted()
        } catch let error as KafkaError where error.code == .unknownTopic {
            throw CommandFailure("topic \(topic) does not exist; \"broker topics create \(topic)\" makes it")
        }
    }
}

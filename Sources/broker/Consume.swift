import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let consumeCommand = Command(
    "consume", "Prints the records of topics.",
    discussion: """
        Formats: string, int32, int64, double, json, base64, windowed:FORMAT:SIZE_MS and session:FORMAT. A line of JSON is \
        {"topic","partition","offset","timestamp","headers":[[name,value]],"key","value"}; a windowed key in it is \
        {"key","windowStart","windowEnd"}. Filters look at keys and values as they are printed without --json.
        """,
    options: [
        .broker, .clientConfig,
        CommandOption("topic", "T", "A topic.", isRepeatable: true),
        CommandOption(
            "topic-pattern", "REGEX", "All topics whose whole names match, of those that there are at the start.",
            kind: regexKind),
        CommandOption(
            "partition", "N", "Only this partition of each topic.", kind: .integer(0...Int(Int32.max)), isRepeatable: true),
        .flag("from-beginning", "Starts with the first records there are, instead of those that come from now on."),
        CommandOption("offset", "N", "Starts at this offset of each partition.", kind: .integer(0...Int.max)),
        CommandOption(
            "from-datetime", "TIME",
            "Starts with the first record of this time or a later one: 2026-11-28T09:30:00Z, or milliseconds since 1970.",
            kind: .checked { _ = try Datetime(parsing: $0) }),
        CommandOption("tail", "N", "Starts N offsets before the end of each partition.", kind: .integer(0...Int.max)),
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
            "group-protocol", "NAME",
            "Who shares the partitions: in classic the group's members, in consumer the broker (KIP-848), which has assignors of its own.",
            kind: .choice(["classic", "consumer"]), default: "classic"),
        CommandOption(
            "instance-id", "NAME", "The name of a static member, which keeps its partitions over a restart."),
        .flag("json", "Prints a line of JSON for each record, instead of the value alone."),
        CommandOption("key-format", "FORMAT", "How keys are printed.", kind: formatKind, default: "string"),
        CommandOption("value-format", "FORMAT", "How values are printed.", kind: formatKind, default: "string"),
        .flag("print-key", "Prints the key and a separator before each value. Not needed with --json, nor are the next four."),
        .flag("print-timestamp", "Prints the timestamp before it."),
        .flag("print-partition", "Prints the partition before it."),
        .flag("print-offset", "Prints the offset before it."),
        .flag("print-headers", "Prints the headers before it."),
        CommandOption("key-separator", "S", "What stands between key and value; \\t is a tab.", default: "\\t"),
    ] + RecordFilter.options + [
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
    let consume = PrintRecords(
        selection: try TopicSelection(arguments), start: try ConsumeStart(arguments), printer: try recordPrinter(arguments),
        filter: RecordFilter(arguments), exitsAtEnd: arguments.flag("exit-at-end"),
        limit: arguments.integer("max") ?? .max,
        isolation: arguments.text("isolation") == "read_uncommitted" ? .readUncommitted : .readCommitted,
        skipsBadRecords: arguments.flag("skip-bad-records"), console: invocation.console)
    let membership = try GroupMembership(arguments)
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

let formatKind = CommandOption.Kind.checked { _ = try RecordFormat(parsing: $0) }

private func recordPrinter(_ arguments: ParsedArguments) throws -> RecordPrinter {
    let separator = try unescaped(arguments.required("key-separator"), option: "key-separator")
    var printer = RecordPrinter(
        keyFormat: try RecordFormat(parsing: arguments.required("key-format")),
        valueFormat: try RecordFormat(parsing: arguments.required("value-format")), isJSON: arguments.flag("json"),
        keySeparator: arguments.flag("print-key") ? separator : nil)
    printer.partSeparator = separator
    let parts: [(String, RecordPrinter.Part)] = [
        ("print-timestamp", .timestamp), ("print-partition", .partition), ("print-offset", .offset),
        ("print-headers", .headers),
    ]
    printer.parts = Set(parts.filter { arguments.flag($0.0) }.map(\.1))
    return printer
}

/// One `broker consume`.
struct PrintRecords: Sendable {
    let selection: TopicSelection
    let start: ConsumeStart
    let printer: RecordPrinter
    let filter: RecordFilter
    let exitsAtEnd: Bool
    let limit: Int
    let isolation: IsolationLevel
    let skipsBadRecords: Bool
    let console: Console

    func run(_ client: KafkaClient) async throws {
        let admin = AdminClient(client: client)
        let partitions = try await selection.partitions(client)
        let places = try await start.places(partitions, isolation: isolation, needsEnds: exitsAtEnd, admin)
        guard limit > 0, !places.starts.isEmpty else { return }
        let ends = places.ends
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: isolation))
        try consumer.assign(places.starts)
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

    /// Prints until the limit or all `ends` are reached; without either, until the task is cancelled.
    private func print(from consumer: Consumer, ends: [TopicPartition: Int64]) async throws {
        let (news, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let partitions = consumer.assignment
        consumer.setListener(for: partitions) { signal.yield() }
        var iterator = news.makeAsyncIterator()
        let output = OutputWriter()
        let matcher = try filter.matcher(printer)
        var open = Set(partitions)
        var left = limit
        while left > 0, !open.isEmpty {
            var isIdle = true
            for partition in partitions where left > 0 && open.contains(partition) {
                // An error is about what comes after what was read.
                if let fetched = consumer.takeBatches(from: partition) {
                    isIdle = false
                    try print(fetched, before: ends[partition] ?? .max, matcher, left: &left, to: output)
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
        _ fetched: FetchedBatches, before end: Int64, _ matcher: RecordMatcher?, left: inout Int, to output: OutputWriter
    ) throws -> Int64? {
        var last: Int64?
        // The end is that of a batch, so whole batches lie before it. (Tansu gives an offset inside of the last one.)
        for batch in fetched.batches where left > 0 && batch.header.baseOffset < end {
            do {
                var records = try batch.records()
                while left > 0, let record = try records.next() {
                    guard record.offset >= fetched.position else { continue }
                    if try write(record, of: fetched.topicPartition, matcher, to: output) { left -= 1 }
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

    /// Whether the record was printed; else it is not wanted, or does not fit the format and was passed over.
    private func write(
        _ record: RecordView, of partition: TopicPartition, _ matcher: RecordMatcher?, to output: OutputWriter
    ) throws -> Bool {
        do {
            if let matcher, try !matches(record, of: partition, matcher) { return false }
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

    /// Throws `CommandFailure` that names the record's place if it does not fit the format.
    private func matches(_ record: RecordView, of partition: TopicPartition, _ matcher: RecordMatcher) throws -> Bool {
        do { return try matcher.matches(record) } catch {
            throw CommandFailure("topic \(partition.topic), partition \(partition.partition), offset \(record.offset): \(error)")
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

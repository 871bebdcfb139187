import Foundation
import KafkaProtocol
import MillraceCommandLine

/// `benchmarks librdkafka`: one run of librdkafka, in the process whose CPU time is measured.
let librdkafkaCommand = Command(
    "librdkafka", "One run of librdkafka against a broker; what \"wire\" compares with.",
    options: [
        CommandOption("broker", "HOST:PORT", "The broker.", isRequired: true),
        CommandOption("topic", "T", "The topic; it must exist.", isRequired: true),
        CommandOption("records", "N", "How many records.", kind: .integer(1...Int.max), default: "1000000"),
        CommandOption("record-size", "BYTES", "The size of a record's value.", kind: .size, default: "100"),
        CommandOption("partitions", "N", "The partitions of the topic.", kind: .integer(1...1000), default: "1"),
    ],
    positionals: [CommandPositional("DIRECTION", "produce or consume.")]
) { invocation in
    let arguments = invocation.arguments
    let run = LibrdkafkaRun(
        library: try Librdkafka(), broker: try arguments.required("broker"), topic: try arguments.required("topic"),
        records: arguments.integer("records") ?? 0, recordSize: arguments.bytes("record-size") ?? 0,
        partitions: Int32(arguments.integer("partitions") ?? 1))
    guard let direction = arguments.positionals.first.flatMap({ WireRun.Direction(rawValue: $0) }) else {
        throw UsageError("the direction is produce or consume")
    }
    let figures = try direction == .produce ? run.produce() : run.consume()
    let output = OutputWriter()
    output.writeLine(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
    try output.flush()
}

/// A run with the settings that its documentation gives for throughput: large queues, a little linger, batches handed
/// over by the thousand, memory of the application that is not copied, callbacks instead of a message each.
private struct LibrdkafkaRun {
    let library: Librdkafka
    let broker: String
    let topic: String
    let records: Int
    let recordSize: Int
    let partitions: Int32

    /// What callbacks count.
    private struct Count {
        var records = 0
        var bytes = 0
        var failures = 0
    }

    func produce() throws -> WireFigures {
        let count = UnsafeMutablePointer<Count>.allocate(capacity: 1)
        count.initialize(to: Count())
        defer { count.deallocate() }
        let client = try library.client(
            isProducer: true,
            [
                "bootstrap.servers": broker, "acks": "all", "linger.ms": "5", "batch.num.messages": "100000",
                "batch.size": "1000000", "queue.buffering.max.messages": "2000000",
                "queue.buffering.max.kbytes": "1048576",
            ]
        ) { configuration in
            library.setOpaque(configuration, count)
            library.setDeliveryCallback(configuration) { _, message, opaque in
                guard let count = opaque?.assumingMemoryBound(to: Count.self) else { return }
                if message.load(fromByteOffset: LibrdkafkaMessage.error, as: Int32.self) != 0 { count.pointee.failures += 1 }
                count.pointee.records += 1
            }
        }
        guard let handle = library.newTopic(client, topic, nil) else { throw CommandFailure("no topic \(topic)") }
        let payload = letters()
        defer { payload.deallocate() }
        let most = 1000
        let messages = UnsafeMutableRawBufferPointer.allocate(byteCount: most * LibrdkafkaMessage.size, alignment: 16)
        defer { messages.deallocate() }
        guard let base = messages.baseAddress, let letters = payload.baseAddress else { throw CommandFailure("no memory") }
        let started = ContinuousClock.now
        let cpuBefore = ProcessTime.cpuSeconds
        var sent = 0
        var partition: Int32 = 0
        while sent < records {
            let wanted = min(most, records - sent)
            memset(base, 0, wanted * LibrdkafkaMessage.size)
            for index in 0..<wanted {
                let message = base + index * LibrdkafkaMessage.size
                let start = (sent + index) &* 101 & ((1 << 20) - 1)
                message.storeBytes(of: letters + start, toByteOffset: LibrdkafkaMessage.payload, as: UnsafeMutableRawPointer.self)
                message.storeBytes(of: recordSize, toByteOffset: LibrdkafkaMessage.count, as: Int.self)
            }
            // Those that its queue has no room for are at any place; they are offered again.
            let taken = library.produceBatch(handle, partition, 0, base, Int32(wanted))
            sent += Int(taken)
            partition = (partition + 1) % partitions
            _ = library.poll(client, Int(taken) < wanted ? 10 : 0)
        }
        while count.pointee.records < records {
            if library.flush(client, 60_000) != 0, count.pointee.records < records {
                throw CommandFailure("librdkafka has delivered \(count.pointee.records) of \(records) records")
            }
        }
        guard count.pointee.failures == 0 else { throw CommandFailure("\(count.pointee.failures) deliveries have failed") }
        return WireFigures(
            records: records, bytes: records * recordSize, seconds: (ContinuousClock.now - started) / .seconds(1),
            cpuSeconds: ProcessTime.cpuSeconds - cpuBefore)
    }

    func consume() throws -> WireFigures {
        let client = try library.client(
            isProducer: false,
            [
                "bootstrap.servers": broker, "queued.min.messages": "1000000", "queued.max.messages.kbytes": "1048576",
                "fetch.message.max.bytes": "1048576", "fetch.wait.max.ms": "100", "enable.partition.eof": "false",
            ])
        guard let handle = library.newTopic(client, topic, nil), let queue = library.newQueue(client) else {
            throw CommandFailure("no topic \(topic)")
        }
        let started = ContinuousClock.now
        let cpuBefore = ProcessTime.cpuSeconds
        let beginning: Int64 = -2
        for partition in 0..<partitions where library.consumeStart(handle, partition, beginning, queue) != 0 {
            throw CommandFailure("librdkafka does not read \(topic)/\(partition)")
        }
        var count = Count()
        while count.records < records {
            let seen = withUnsafeMutablePointer(to: &count) { count in
                library.consumeCallback(
                    queue, 10_000,
                    { message, opaque in
                        guard let count = opaque?.assumingMemoryBound(to: Count.self) else { return }
                        if message.load(fromByteOffset: LibrdkafkaMessage.error, as: Int32.self) != 0 {
                            count.pointee.failures += 1
                        } else {
                            count.pointee.records += 1
                            count.pointee.bytes += message.load(fromByteOffset: LibrdkafkaMessage.count, as: Int.self)
                        }
                    }, count)
            }
            guard seen > 0 else { throw CommandFailure("librdkafka has read \(count.records) of \(records) records") }
        }
        let figures = WireFigures(
            records: count.records, bytes: count.bytes, seconds: (ContinuousClock.now - started) / .seconds(1),
            cpuSeconds: ProcessTime.cpuSeconds - cpuBefore)
        for partition in 0..<partitions { _ = library.consumeStop(handle, partition) }
        return figures
    }

    /// Letters to send parts of, as `broker bench` does.
    private func letters() -> UnsafeMutableRawBufferPointer {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: recordSize + (1 << 20), alignment: 16)
        let random = SplitMix(seed: 42)
        for index in block.indices { block[index] = UInt8(ascii: "a") + UInt8(random[UInt64(index)] % 26) }
        return block
    }
}

import KafkaProtocol
import Millrace

extension Workload {
    /// W2: counts per page and minute, through a repartition topic.
    static let clicks = Workload(
        name: "clicks", summary: "Counts clicks per page and minute, by way of a repartition topic (W2).",
        inputs: [.clicks(topic: "w2-clicks", seed: 2, count: 5_000_000)], cacheBytes: 10 << 20,
        topology: { inputs, output in
            let builder = StreamsBuilder()
            builder.stream(inputs[0], key: .bytes, value: .bytes)
                .filter { _, line in try Click.isClick(line) }
                .map(key: .bytes, value: .int64) { _, line in
                    let visit = try Click.visit(line)
                    return KeyValue(visit.page, visit.dwell)
                }
                .groupByKey()
                .windowedBy(.tumbling(.minutes(1), grace: .hours(24)))
                .count(.as("counts"))
                .toStream()
                .to(output)
            return try builder.build()
        },
        results: [
            .output(
                "clicks", .lastPerKey, full: Checksum(count: 162_063, sum: 0x4850_5f7d_263d_a33c),
                fiftieth: Checksum(count: 8727, sum: 0x9b7b_22de_d8dc_3bc5))
        ],
        reference: Reference(
            recordsPerSecond: 235_805, recordsPerCPUSecond: 158_428, peakMegabytes: 2015, firstOutputSeconds: 3.2))

    /// W3: stateless.
    static let passthrough = Workload(
        name: "passthrough", summary: "Cuts fields out of clicks and keeps nine in ten, without state (W3).",
        inputs: [.clicks(topic: "w3-clicks", seed: 3, count: 10_000_000)], cacheBytes: 10 << 20,
        topology: { inputs, output in
            let builder = StreamsBuilder()
            builder.stream(inputs[0], key: .bytes, value: .bytes)
                .mapValues(value: .pageVisit) { (line: Bytes?) in try Click.visit(line) }
                .filter { _, visit in visit.map { $0.dwell >= 1000 } ?? false }
                .to(output)
            return try builder.build()
        },
        results: [
            .output(
                "passthrough", .allRecords, full: Checksum(count: 8_999_610, sum: 0xfaa5_6aa6_3b4d_f94b),
                fiftieth: Checksum(count: 180_003, sum: 0x218b_7dca_806c_ea5c))
        ],
        reference: Reference(
            recordsPerSecond: 536_567, recordsPerCPUSecond: 361_925, peakMegabytes: 890, firstOutputSeconds: 1.5))
}

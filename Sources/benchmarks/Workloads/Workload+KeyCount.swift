import KafkaProtocol
import Millrace

extension Workload {
    /// W4: a large store, every update of which goes downstream.
    static let keycount = Workload(
        name: "keycount", summary: "Counts per key with a million keys and no cache (W4).",
        inputs: [.keys], cacheBytes: 0,
        topology: { inputs, output in
            let builder = StreamsBuilder()
            builder.stream(inputs[0], key: .int64, value: .bytes)
                .groupByKey()
                .count(.as("counts"))
                .toStream()
                .filter { _, count in count.map { $0 % 8 == 0 } ?? false }
                .to(output)
            return try builder.build()
        },
        results: [
            .output(
                "keycount", .allRecords, full: Checksum(count: 110_868, sum: 0xf3ed_3cc2_fce7_4653),
                fiftieth: Checksum(count: 0, sum: 0)),
            ExpectedResult(
                name: "keycount-state", topic: { id, _ in "\(id)-counts-changelog" }, kind: .lastPerKey,
                expected: {
                    [
                        Scale.full: Checksum(count: 1_000_000, sum: 0xb3f8_c729_e106_89e4),
                        .fiftieth: Checksum(count: 100_000, sum: 0x6919_2572_885b_2902),
                    ][$0]
                }),
        ],
        reference: Reference(
            recordsPerSecond: 225_408, recordsPerCPUSecond: 135_746, peakMegabytes: 1966, firstOutputSeconds: 9.4))
}

import KafkaProtocol
import Millrace

extension Workload {
    /// W5: pairs of two streams that are at most ten seconds apart.
    static let join = Workload(
        name: "join", summary: "Joins two streams on their keys within ten seconds (W5).",
        inputs: [.joinSide(topic: "w5-left", seed: 51), .joinSide(topic: "w5-right", seed: 52)], cacheBytes: 10 << 20,
        topology: { inputs, output in
            let builder = StreamsBuilder()
            let left = builder.stream(inputs[0], key: .int64, value: .bytes)
            let right = builder.stream(inputs[1], key: .int64, value: .bytes)
            left.join(right, within: .difference(.seconds(10), grace: .seconds(60)), value: .bytes) { _, left, right in
                var pair = ByteWriter(capacity: left.count + right.count + 1)
                pair.write(raw: left)
                pair.write(UInt8(ascii: "|"))
                pair.write(raw: right)
                return pair.finish()
            }
            .to(output)
            return try builder.build()
        },
        results: [
            .output(
                "join", .allRecords, full: Checksum(count: 976_064, sum: 0xb0b8_2e49_6e5e_8308),
                fiftieth: Checksum(count: 4049, sum: 0xe786_8596_522c_2fd6))
        ],
        reference: Reference(
            recordsPerSecond: 96_539, recordsPerCPUSecond: 58_720, peakMegabytes: 582, firstOutputSeconds: 2.0))
}

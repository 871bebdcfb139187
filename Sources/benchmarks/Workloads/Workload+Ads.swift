import KafkaProtocol
import Millrace

extension Workload {
    /// W1: views of advertisements per campaign and ten seconds, by a join with a global table.
    static let ysb = Workload(
        name: "ysb", summary: "Counts ad views per campaign, by way of JSON, a global table and a repartition topic (W1).",
        inputs: [.adEvents, .ads], cacheBytes: 10 << 20,
        topology: { inputs, output in
            let builder = StreamsBuilder()
            let campaigns = builder.globalTable(inputs[1], key: .bytes, value: .bytes)
            builder.stream(inputs[0], key: .bytes, value: .adEvent)
                .filter { _, event in event?.isView ?? false }
                .join(campaigns, lookUp: { _, event in event?.ad }) { _, event, campaign in
                    AdView(campaign: campaign, time: event.time)
                }
                .map(key: .bytes, value: .int64) { _, view in KeyValue(view?.campaign, view?.time) }
                .groupByKey()
                .windowedBy(.tumbling(.seconds(10), grace: .hours(24)))
                .count(.as("counts"))
                .toStream()
                .to(output)
            return try builder.build()
        },
        results: [
            .output(
                "ysb", .lastPerKey, full: Checksum(count: 5000, sum: 0x9103_ac84_c495_a9f0),
                fiftieth: Checksum(count: 100, sum: 0xa755_614e_89a4_6c40))
        ],
        reference: Reference(
            recordsPerSecond: 290_023, recordsPerCPUSecond: 184_026, peakMegabytes: 758, firstOutputSeconds: 2.8))
}

/// What the workload needs of an event.
struct AdEvent: Sendable {
    let isView: Bool
    let ad: Bytes
    let time: Int64
}

/// A view that was counted for a campaign.
struct AdView: Sendable {
    let campaign: Bytes
    let time: Int64
}

extension Serde where Value == AdEvent {
    /// The fields of an event in JSON.
    static var adEvent: Serde<AdEvent> {
        Serde(
            encode: { _, _ in throw SerdeError("events are only read") },
            decode: { bytes in
                let (isView, ad, time) = try bytes.withUnsafeBytes { text throws(SerdeError) in
                    var fields = try JSONFields(text)
                    var isView: Bool?
                    var ad: Range<Int>?
                    var time: Int64?
                    while let (name, value) = try fields.next() {
                        guard let value else { continue }
                        if fields.holds(name, "ad_id") {
                            ad = value
                        } else if fields.holds(name, "event_type") {
                            isView = fields.holds(value, "view")
                        } else if fields.holds(name, "event_time") {
                            time = decimal(text[value])
                        }
                    }
                    guard let isView, let ad, let time else { throw SerdeError("an event without ad, type or time") }
                    return (isView, ad, time)
                }
                return AdEvent(isView: isView, ad: bytes[ad], time: time)
            })
    }

    private static func decimal(_ digits: Slice<UnsafeRawBufferPointer>) -> Int64? {
        guard !digits.isEmpty, digits.count < 19 else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = number &* 10 &+ Int64(digit &- 0x30)
        }
        return number
    }
}

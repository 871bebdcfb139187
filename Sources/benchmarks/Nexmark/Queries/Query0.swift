import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Pass through: the bids as they are.
    static let q0 = NexmarkQuery(
        name: "q0", summary: "pass through", flinkRate: 155_020, kind: .allRecords,
        build: { builder, input, output in builder.bids(input).to(output) },
        expected: { events in try events.bids.map { ResultRow(key: nil, value: $0.bytes) } })
}

import KafkaProtocol
import Millrace

extension NexmarkQuery {
    /// Pass through: the bids as they are.
    static let q0 = NexmarkQuery(
        name: "q0", summary: "pass through", flinkRate: 155_020, kind: .allRecords,
        build: { builder, input, output in builder.events(input).filter { _, event in event?.kind == .bid }.to(output) },
        expected: { events in try events.bids.map { ResultRow(key: nil, value: $0.bytes) } })
}

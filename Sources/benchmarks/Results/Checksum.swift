import KafkaClient
import KafkaProtocol

/// A number of records and the sum of their hashes: equal for equal results, whatever the order.
struct Checksum: Equatable, Sendable, CustomStringConvertible {
    var count = 0
    var sum: UInt64 = 0

    var description: String { "\(count) \(hexadecimal(sum))" }

    /// The hash of a record.
    static func hash(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) -> UInt64 {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        func take(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        key?.forEach(take)
        take(0x1f)
        value?.forEach(take)
        return SplitMix.mix(state)
    }
}

/// What of a topic goes into its checksum.
enum ResultKind: Sendable {
    /// Every record.
    case allRecords
    /// The last record of each key that is not a deletion.
    case lastPerKey
}

/// Reads topics from their beginning to their end.
struct ResultReader {
    let client: KafkaClient

    func checksum(of topic: String, _ kind: ResultKind) async throws -> Checksum {
        let partitions = try await client.partitions(of: topic).map {
            TopicPartition(topic: topic, partition: $0.partition)
        }
        let ends = try await AdminClient(client: client).listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: .readCommitted
        ).mapValues(\.offset).filter { $0.value > 0 }
        guard !ends.isEmpty else { return Checksum() }
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        try consumer.assign(ends.mapValues { _ in .earliest })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            var result = Checksum()
            var last: [Bytes: UInt64] = [:]
            for try await fetched in consumer.batches(upTo: ends) {
                for batch in fetched.batches {
                    var records = try batch.records()
                    while let record = try records.nextPosition() {
                        guard record.offset >= fetched.position else { continue }
                        let hash = records.withUnsafeKeyAndValue(of: record) { Checksum.hash(key: $0, value: $1) }
                        switch kind {
                        case .allRecords:
                            result.count += 1
                            result.sum &+= hash
                        case .lastPerKey:
                            guard let key = records.key(of: record) else { continue }
                            last[key.detached()] = record.valueCount < 0 ? nil : hash
                        }
                    }
                }
            }
            group.cancelAll()
            if kind == .lastPerKey {
                result = Checksum(count: last.count, sum: last.values.reduce(0, &+))
            }
            return result
        }
    }
}

import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaClient

/// Fetched batches with the right checksum each number of which is, in turn, at the ends of its range and at those of its
/// neighbours': records that lie within their batch, or an error with the place.
@Suite struct HostileBatchTests {
    private static let partition = TopicPartition("t", 0)

    private func forged(_ compression: Compression) -> ForgedBatch {
        var batch = ForgedBatch([("k0", "v0"), ("k1", "v1"), ("k2", nil)])
        batch.records[1].headers = [.init(key: "h", value: [1, 2, 3])]
        batch.baseOffset = 100
        batch.compression = compression
        return batch
    }

    @Test(arguments: [Compression.none, .gzip].filter { (try? $0.check()) != nil }, [IsolationLevel.readUncommitted, .readCommitted])
    func `records lie within their batch, or the batch is an error`(_ compression: Compression, _ isolation: IsolationLevel) async throws {
        var random = SplitMix(seed: 5)
        let fields = ForgedBatch.headerFields + ForgedBatch.recordFields(1)
        var read = 0
        for (name, variant) in boundaryVariants(of: forged(compression), fields, pairs: 1000, using: &random) {
            await Task.yield()
            for aborted in Int64.boundaryValues.shuffled(using: &random).prefix(2) {
                do {
                    let result = try BatchFilter(isolation: isolation).filter(
                        variant.bytes, from: 101,
                        aborted: [FetchResponse.AbortedTransaction(producerId: variant.producerId, firstOffset: aborted)],
                        of: Self.partition)
                    let fetched = FetchedBatches(
                        topicPartition: Self.partition, batches: result.batches, position: 101, nextOffset: result.nextOffset,
                        highWatermark: .max, lastStableOffset: aborted)
                    let last = result.batches.first?.header.lastOffset ?? -1
                    try fetched.forEachRecord { record in
                        #expect((101...last).contains(record.offset), "\(name)")
                        read += 1
                    }
                } catch let error as KafkaError {
                    #expect(error.code == .corruptBatch && error.topicPartition == Self.partition, "\(name): \(error)")
                }
            }
        }
        #expect(read > 100)
    }
}

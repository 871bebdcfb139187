import Foundation
import KafkaProtocol
import Testing

@Suite struct ChecksumAndPartitionerTests {
    @Test func `checksums are as recorded, by instruction and by table`() throws {
        for vector in try Vector.load("crc32c.jsonl") {
            let bytes = try vector.bytes()
            #expect(Int64(CRC32C.checksum(bytes)) == (try vector.int("crc32c")), "\(vector.place)")
            #expect(Int64(CRC32C.tableChecksum(bytes)) == (try vector.int("crc32c")), "\(vector.place)")
        }
    }

    @Test func `instruction and table agree on any length and alignment, at once and continued`() {
        var random = SeededRandom(seed: 3)
        let bytes = random.bytes(60_000)
        for _ in 0..<300 {
            let start = Int.random(in: 0..<100, using: &random)
            let count = Int.random(in: 0..<Int.random(in: 1..<59_000, using: &random), using: &random)
            let slice = bytes[start..<start + count]
            let sum = CRC32C.checksum(slice)
            #expect(sum == CRC32C.tableChecksum(slice))
            let cut = Int.random(in: 0...count, using: &random)
            #expect(CRC32C.checksum(slice[cut..<count], continuing: CRC32C.checksum(slice[0..<cut])) == sum)
        }
    }

    @Test func `keys hash and spread over partitions as recorded`() throws {
        for vector in try Vector.load("partitioner.jsonl") {
            let key = try vector.bytes("keyHex")
            let hash = key.withUnsafeBytes { Partitioner.murmur2($0) }
            #expect(Int64(hash) == (try vector.int("murmur2")), "\(vector.place)")
            for (count, partition) in try vector.object("partition") {
                let count = try #require(Int32(count))
                let found = Partitioner.partition(forKey: key, count: count)
                #expect(found == (partition as? NSNumber)?.int32Value, "\(vector.place)")
            }
        }
    }
}

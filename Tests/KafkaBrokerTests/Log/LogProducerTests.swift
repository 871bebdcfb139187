import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct LogProducerTests {
    @Test func `a repeated batch is answered with its first offsets and not written again`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            for number: Int32 in 0..<7 {
                try log.append(batch(["a \(number)", "b \(number)"], producer: 1, sequence: number * 2), now: 0)
            }
            func check(_ log: PartitionLog) throws {
                for number: Int32 in 2..<7 {
                    let result = try log.append(batch(["x", "y"], producer: 1, sequence: number * 2), now: 0)
                    #expect(result.duplicate && result.baseOffset == Int64(number) * 2)
                    #expect(result.lastOffset == Int64(number) * 2 + 1)
                }
                // Only the last five are remembered.
                expectError(.outOfOrderSequenceNumber) {
                    try log.append(batch(["x", "y"], producer: 1, sequence: 2), now: 0)
                }
                #expect(log.highWatermark == 14)
            }
            try check(log)
            try check(try openLog(root))
            try openLog(root).close()
            try check(try openLog(root))
        }
    }

    @Test func `a gap in the sequence numbers is refused`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a", "b"], producer: 1, sequence: 0), now: 0)
            for sequence: Int32 in [1, 3, 100] {
                expectError(.outOfOrderSequenceNumber) {
                    try log.append(batch(["x"], producer: 1, sequence: sequence), now: 0)
                }
            }
            try log.append(batch(["c"], producer: 1, sequence: 2), now: 0)
            try log.append(batch(["z"], producer: 2, sequence: 0), now: 0)
            #expect(try log.values == ["a", "b", "c", "z"])
        }
    }

    @Test func `an unknown producer may begin anywhere, one with a new epoch at zero`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a"], producer: 1, epoch: 3, sequence: 40), now: 0)
            expectError(.invalidProducerEpoch) {
                try log.append(batch(["b"], producer: 1, epoch: 2, sequence: 41), now: 0)
            }
            expectError(.outOfOrderSequenceNumber) {
                try log.append(batch(["b"], producer: 1, epoch: 4, sequence: 41), now: 0)
            }
            try log.append(batch(["b"], producer: 1, epoch: 4, sequence: 0), now: 0)
            expectError(.invalidProducerEpoch) {
                try log.append(batch(["a"], producer: 1, epoch: 3, sequence: 40), now: 0)
            }
            #expect(try log.values == ["a", "b"])
        }
    }

    @Test func `after the highest sequence number comes zero`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a", "b", "c"], producer: 1, sequence: .max - 1), now: 0)
            #expect(log.producers[0].batches.last?.lastSequence == 0)
            try log.append(batch(["d"], producer: 1, sequence: 1), now: 0)
            #expect(log.highWatermark == 4)
        }
    }

    @Test func `an idle producer is forgotten, one with an open transaction is not`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.producerIdExpirationMs = 100 })
            try log.append(batch(["a"], producer: 1), now: 0)
            try log.append(batch(["b"], producer: 2, transactional: true), now: 0)
            try log.append(batch(["c"], producer: 3), now: 50)
            try log.maintain(now: 101)
            #expect(Set(log.producers.map(\.producerId)) == [2, 3])
            #expect(log.lastStableOffset == 1)
        }
    }
}

import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct LogTransactionTests {
    @Test func `readers of committed data stop at the first open transaction`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["before"]), now: 0)
            try log.append(batch(["one"], producer: 1, transactional: true), now: 0)
            try log.append(batch(["two"], producer: 2, transactional: true), now: 0)
            try log.append(batch(["after"]), now: 0)
            #expect(log.lastStableOffset == 1)
            #expect(try log.all(isolation: .readCommitted).map(\.value) == ["before"])
            #expect(try log.values == ["before", "one", "two", "after"])
            try log.appendControl(commit: true, producerId: 2, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            #expect(log.lastStableOffset == 1)
            try log.appendControl(commit: true, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            #expect(log.lastStableOffset == 6 && log.highWatermark == 6)
            #expect(try log.all(isolation: .readCommitted).map(\.value) == ["before", "one", "two", "after"])
        }
    }

    @Test func `aborted transactions are listed with the data they concern, also after reopening`() throws {
        try withDirectory { root in
            let log = try openLog(root, settings { $0.segmentBytes = 300 })
            for round: Int32 in 0..<6 {
                try log.append(batch(["a\(round)"], producer: 1, sequence: round, transactional: true), now: 0)
                try log.append(batch(["b\(round)"], producer: 2, sequence: round, transactional: true), now: 0)
                try log.appendControl(commit: true, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
                try log.appendControl(commit: false, producerId: 2, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            }
            try log.append(batch(["open"], producer: 2, sequence: 6, transactional: true), now: 0)
            let expected = (0..<6).map { "a\($0)" }
            func check(_ log: PartitionLog) throws {
                #expect(try log.all(isolation: .readCommitted).map(\.value) == expected)
                #expect(log.lastStableOffset == 24 && log.highWatermark == 25)
                let second = try log.read(from: 4, maxBytes: 1, isolation: .readCommitted)
                #expect(second.abortedTransactions.isEmpty)
                let third = try log.read(from: 5, maxBytes: 1, isolation: .readCommitted).abortedTransactions
                #expect(third == [.init(producerId: 2, firstOffset: 5, lastOffset: 7, lastStableOffset: 8)])
                #expect(try log.read(from: 5, maxBytes: 1, isolation: .readUncommitted).abortedTransactions.isEmpty)
                let open = log.producers.filter { $0.transactionStart != nil }
                #expect(open.map(\.producerId) == [2] && open.first?.transactionStart == 24)
            }
            try check(log)
            try check(try openLog(root))
            try openLog(root).close()
            let last = try openLog(root)
            try check(last)
            try last.appendControl(commit: false, producerId: 2, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            #expect(last.lastStableOffset == 26)
            #expect(try last.all(isolation: .readCommitted).map(\.value) == expected)
        }
    }

    @Test func `a producer may not write outside of its transaction`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a"], producer: 1, transactional: true), now: 0)
            expectError(.invalidTxnState) { try log.append(batch(["b"], producer: 1, sequence: 1), now: 0) }
            try log.append(batch(["b"], producer: 1, sequence: 1, transactional: true), now: 0)
        }
    }

    @Test func `markers of old producers and old coordinators are refused`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.append(batch(["a"], producer: 1, epoch: 5, transactional: true), now: 0)
            expectError(.invalidProducerEpoch) {
                try log.appendControl(commit: true, producerId: 1, producerEpoch: 4, coordinatorEpoch: 0, now: 0)
            }
            try log.appendControl(commit: false, producerId: 1, producerEpoch: 6, coordinatorEpoch: 3, now: 0)
            expectError(.transactionCoordinatorFenced) {
                try log.appendControl(commit: true, producerId: 1, producerEpoch: 6, coordinatorEpoch: 2, now: 0)
            }
            // The marker's epoch fences the producer that is still at the old one.
            expectError(.invalidProducerEpoch) {
                try log.append(batch(["b"], producer: 1, epoch: 5, sequence: 1, transactional: true), now: 0)
            }
            try log.append(batch(["b"], producer: 1, epoch: 6, transactional: true), now: 0)
            #expect(log.lastStableOffset == 2)
        }
    }

    @Test func `a marker without a transaction changes nothing`() throws {
        try withDirectory { root in
            let log = try openLog(root)
            try log.appendControl(commit: false, producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            try log.append(batch(["a"], producer: 9, transactional: true), now: 0)
            try log.appendControl(commit: true, producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, now: 0)
            #expect(try log.all(isolation: .readCommitted).map(\.value) == ["a"])
        }
    }
}

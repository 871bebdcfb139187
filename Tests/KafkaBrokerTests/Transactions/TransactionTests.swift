import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct TransactionTests {
    private static let partition = TopicPartition("t", 0)

    /// A transactional id with producer 5 at epoch 0.
    private func initialized() -> Transaction {
        var transaction = Transaction(id: "x", producerID: 5)
        let outcome = transaction.initialize(expected: nil, timeout: 100, isInProcess: false, now: 1) { 6 }
        #expect(outcome == .ready)
        return transaction
    }

    /// The same with a transaction open.
    private func opened() -> Transaction {
        var transaction = initialized()
        #expect(transaction.add(partitions: [Self.partition], producerID: 5, epoch: 0, now: 2) == .none)
        return transaction
    }

    private func end(
        _ transaction: inout Transaction, commit: Bool, epoch: Int16 = 0, bumps: Bool = false
    ) -> Transaction.Ending {
        transaction.end(commit: commit, producerID: 5, epoch: epoch, bumpsEpoch: bumps, now: 3) { 6 }
    }

    @Test func `every producer that comes has a higher epoch`() {
        var transaction = initialized()
        #expect(transaction.producerEpoch == 0)
        #expect(transaction.initialize(expected: nil, timeout: 100, isInProcess: false, now: 2) { 6 } == .ready)
        #expect(transaction.producerID == 5)
        #expect(transaction.producerEpoch == 1)
        #expect(transaction.add(partitions: [Self.partition], producerID: 5, epoch: 0, now: 3) == .producerFenced)
        #expect(
            transaction.add(partitions: [Self.partition], producerID: 4, epoch: 1, now: 3) == .invalidProducerIdMapping)
    }

    @Test func `a producer that says who it is gets the next epoch once, however often it asks`() {
        var transaction = initialized()
        let expected: (Int64, Int16) = (5, 0)
        #expect(transaction.initialize(expected: expected, timeout: 100, isInProcess: false, now: 2) { 6 } == .ready)
        #expect(transaction.producerEpoch == 1)
        #expect(transaction.initialize(expected: expected, timeout: 100, isInProcess: false, now: 2) { 6 } == .ready)
        #expect(transaction.producerEpoch == 1)
        #expect(
            transaction.initialize(expected: (5, 7), timeout: 100, isInProcess: false, now: 2) { 6 }
                == .refused(.producerFenced))
        #expect(
            transaction.initialize(expected: (4, 1), timeout: 100, isInProcess: false, now: 2) { 6 }
                == .refused(.producerFenced))
    }

    @Test func `used up epochs lead to a new producer id`() {
        var transaction = initialized()
        transaction.producerEpoch = Transaction.lastEpoch
        #expect(
            transaction.initialize(expected: (5, Transaction.lastEpoch), timeout: 1, isInProcess: false, now: 2) { 6 }
                == .ready)
        #expect(transaction.producerID == 6)
        #expect(transaction.producerEpoch == 0)
        // The answer was lost: asking again makes no difference.
        #expect(
            transaction.initialize(expected: (5, Transaction.lastEpoch), timeout: 1, isInProcess: false, now: 2) { 7 }
                == .ready)
        #expect(transaction.producerID == 6)
    }

    @Test func `an open transaction is aborted before a new producer takes over`() {
        var transaction = opened()
        #expect(transaction.initialize(expected: nil, timeout: 100, isInProcess: false, now: 2) { 6 } == .abortFirst)
        transaction.fence(now: 3)
        #expect(transaction.state == .prepareAbort)
        #expect(transaction.producerEpoch == 1)
        #expect(
            transaction.initialize(expected: nil, timeout: 100, isInProcess: false, now: 2) { 6 }
                == .refused(.concurrentTransactions))
        transaction.complete(now: 4)
        #expect(transaction.initialize(expected: nil, timeout: 100, isInProcess: false, now: 2) { 6 } == .ready)
        #expect(transaction.producerEpoch == 2)
    }

    @Test func `partitions and groups are gathered from the first on`() {
        var transaction = opened()
        #expect(transaction.state == .ongoing)
        #expect(transaction.startTime == 2)
        #expect(transaction.deadline == 102)
        #expect(transaction.add(groups: ["g"], producerID: 5, epoch: 0, now: 9) == .none)
        #expect(transaction.startTime == 2)
        #expect(transaction.membershipError(partition: Self.partition, producerID: 5, epoch: 0) == .none)
        #expect(transaction.membershipError(group: "g", producerID: 5, epoch: 0) == .none)
        #expect(transaction.membershipError(group: "h", producerID: 5, epoch: 0) == .invalidTxnState)
        #expect(
            transaction.membershipError(partition: TopicPartition("t", 1), producerID: 5, epoch: 0) == .invalidTxnState)
        #expect(
            transaction.membershipError(partition: Self.partition, producerID: 5, epoch: 1) == .invalidProducerEpoch)
        #expect(
            transaction.membershipError(partition: Self.partition, producerID: 4, epoch: 0) == .invalidProducerIdMapping
        )
    }

    @Test(arguments: [true, false])
    func `a decision stands until it is carried out, then can be asked for again`(commit: Bool) {
        var transaction = opened()
        #expect(end(&transaction, commit: commit) == .prepared)
        #expect(end(&transaction, commit: commit) == .refused(.concurrentTransactions))
        #expect(end(&transaction, commit: !commit) == .refused(.invalidTxnState))
        #expect(
            transaction.add(partitions: [Self.partition], producerID: 5, epoch: 0, now: 3) == .concurrentTransactions)
        #expect(transaction.deadline == nil)
        transaction.complete(now: 4)
        #expect(transaction.state == (commit ? .completeCommit : .completeAbort))
        #expect(end(&transaction, commit: commit) == .alreadyDone)
        #expect(end(&transaction, commit: !commit) == .refused(.invalidTxnState))
        #expect(transaction.producerEpoch == 0)
        #expect(transaction.partitions.isEmpty)
    }

    @Test func `ending what was never begun is refused`() {
        var transaction = initialized()
        #expect(end(&transaction, commit: true) == .refused(.invalidTxnState))
        #expect(end(&transaction, commit: false) == .refused(.invalidTxnState))
        #expect(end(&transaction, commit: true, epoch: 3) == .refused(.producerFenced))
    }

    @Test func `each transaction can have an epoch of its own`() {
        var transaction = opened()
        #expect(end(&transaction, commit: true, bumps: true) == .prepared)
        #expect(transaction.producerEpoch == 1)
        #expect(end(&transaction, commit: true, bumps: true) == .refused(.concurrentTransactions))
        transaction.complete(now: 4)
        #expect(end(&transaction, commit: true, bumps: true) == .alreadyDone)
        #expect(end(&transaction, commit: false, bumps: true) == .refused(.invalidTxnState))

        // A late request of the first transaction does not hit the second.
        #expect(transaction.add(partitions: [Self.partition], producerID: 5, epoch: 1, now: 5) == .none)
        #expect(end(&transaction, commit: true, bumps: true) == .refused(.producerFenced))
        #expect(transaction.state == .ongoing)
        #expect(end(&transaction, commit: false, epoch: 1, bumps: true) == .prepared)
        #expect(transaction.producerEpoch == 2)
    }

    @Test func `an abort of nothing takes an epoch, too`() {
        var transaction = initialized()
        #expect(end(&transaction, commit: false, bumps: true) == .prepared)
        #expect(transaction.producerEpoch == 1)
        #expect(transaction.partitions.isEmpty)
    }

    @Test func `the last epoch's transaction ends with a new producer id`() {
        var transaction = opened()
        transaction.producerEpoch = Transaction.lastEpoch
        #expect(end(&transaction, commit: true, epoch: Transaction.lastEpoch, bumps: true) == .prepared)
        #expect(transaction.producerID == 5)
        #expect(transaction.producerEpoch == .max)
        #expect(transaction.nextProducerID == 6)
        transaction.complete(now: 4)
        #expect(transaction.producerID == 6)
        #expect(transaction.producerEpoch == 0)
        #expect(end(&transaction, commit: true, epoch: Transaction.lastEpoch, bumps: true) == .alreadyDone)
    }

    @Test func `records are read as they were written`() throws {
        var transaction = opened()
        _ = transaction.add(partitions: [TopicPartition("u", 7)], groups: ["g", "h"], producerID: 5, epoch: 0, now: 9)
        transaction.isInProcess = true
        transaction.previousProducerID = 3
        let entry = try transaction.encoded()
        #expect(try Transaction.id(key: entry.key) == "x")
        #expect(try Transaction(id: "x", decoding: #require(entry.value)) == transaction)
    }
}

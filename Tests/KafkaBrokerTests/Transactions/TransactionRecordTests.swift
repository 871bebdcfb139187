import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Transactions as they are written down: Kafka's own layout, with more in tagged fields.
@Suite struct TransactionRecordTests {
    private func transaction() -> Transaction {
        var transaction = Transaction(id: Name("x"), producerID: 5)
        transaction.producerEpoch = 3
        transaction.lastProducerEpoch = 2
        transaction.previousProducerID = 4
        transaction.timeout = 60_000
        transaction.state = .ongoing
        transaction.partitions = [TopicPartition("t", 0), TopicPartition("t", 2), TopicPartition("u", 1)]
        transaction.groups = [Name("g"), Name("h")]
        transaction.startTime = 1000
        transaction.lastUpdate = 1001
        transaction.isInProcess = true
        return transaction
    }

    @Test func `what was written is read`() throws {
        for change in [
            { _ in },
            {
                $0.state = .empty; $0.partitions = []; $0.groups = []
            },
            {
                $0.nextProducerID = 9; $0.isInProcess = false
            },
        ] as [(inout Transaction) -> Void] {
            var transaction = transaction()
            change(&transaction)
            let (key, value) = try transaction.encoded()
            #expect(try Transaction.id(key: key) == Name("x"))
            #expect(try Transaction(id: Name("x"), decoding: try #require(value)) == transaction)
        }
    }

    /// Kafka's values, by the table of its fields, in both versions that there are.
    @Test func `what Kafka has written is read, and what is written begins like it`() throws {
        let front: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 5, 0, 3, 0, 0, 0xea, 0x60, 1]
        let times: [UInt8] = [0, 0, 0, 0, 0, 0, 3, 0xe9, 0, 0, 0, 0, 0, 0, 3, 0xe8]
        let rigid = Bytes([0, 0] + front + [0, 0, 0, 1, 0, 1, 116, 0, 0, 0, 1, 0, 0, 0, 2] + times)
        let flexible = Bytes([0, 1] + front + [2, 2, 116, 2, 0, 0, 0, 2, 0] + times + [2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, 77, 1, 9])
        for (value, previous) in [(rigid, -1), (flexible, 4)] as [(Bytes, Int64)] {
            let read = try Transaction(id: Name("x"), decoding: value)
            #expect(read.producerID == 5 && read.producerEpoch == 3 && read.timeout == 60_000 && read.state == .ongoing)
            #expect(read.partitions == [TopicPartition("t", 2)] && read.lastUpdate == 1001 && read.startTime == 1000)
            #expect(read.previousProducerID == previous && read.nextProducerID == -1)
        }
        let nothing = Bytes([0, 1] + front.dropLast() + [0, 0] + times + [0])
        #expect(try Transaction(id: Name("x"), decoding: nothing).partitions.isEmpty, "null")
        let written = try #require(try transaction().encoded().value)
        #expect(Array(written.array.prefix(17)) == [0, 1] + front)
    }

    @Test func `a value of an unknown version, or one that is cut off, is refused`() throws {
        let value = try #require(try transaction().encoded().value)
        for count in 0..<value.count {
            #expect(throws: KafkaProtocolError.self) { try Transaction(id: Name("x"), decoding: value[0..<count]) }
        }
        for version: UInt8 in [2, 99, 101] {
            #expect(throws: KafkaProtocolError.self) {
                try Transaction(id: Name("x"), decoding: Bytes([0, version] + value.array.dropFirst(2)))
            }
        }
    }
}

import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct TransactionFaultTests {
    static let configuration = ProducerConfiguration(transactionalID: "tx")

    @Test func `partitions are added once before the first batch`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            for _ in 0..<2 {
                try producer.beginTransaction()
                try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
                try producer.enqueueNow(ProducerFaultTests.batch(["b"]))
                try producer.enqueueNow(ProducerFaultTests.batch(["c"], partition: 1))
                try await producer.commitTransaction()
            }
        }
        let added = transport.calls(AddPartitionsToTxnRequest.self).map(\.request).map(\.v3AndBelowTopics)
        #expect(added.count == 2)
        #expect(added.allSatisfy { $0 == [.init(name: "t", partitions: [0, 1])] })
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [true, true])
        #expect(log.values(0) == ["a", "b", "a", "b"])
        #expect(log.batches(0).map(\.sequence) == [0, 1, 2, 3])
    }

    @Test func `in version 2 what is written joins the transaction, and each has an epoch of its own`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        transport.setTransactionsOfVersion2()
        transport.on(TxnOffsetCommitRequest.self) { _, _ in
            TxnOffsetCommitResponse(topics: [.init(name: "t", partitions: [.init()])])
        }
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            for _ in 0..<2 {
                try producer.beginTransaction()
                try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
                try await producer.sendOffsetsToTransaction(
                    [TopicPartition("t", 0): OffsetAndMetadata(offset: 1)], group: GroupMetadata(groupID: "g"))
                try await producer.commitTransaction()
            }
            // Only offsets, and nothing at all.
            try producer.beginTransaction()
            try await producer.sendOffsetsToTransaction(
                [TopicPartition("t", 0): OffsetAndMetadata(offset: 1)], group: GroupMetadata(groupID: "g"))
            try await producer.commitTransaction()
            try producer.beginTransaction()
            try await producer.commitTransaction()
        }
        #expect(transport.calls(AddPartitionsToTxnRequest.self).isEmpty)
        #expect(transport.calls(AddOffsetsToTxnRequest.self).isEmpty)
        #expect(transport.calls(ProduceRequest.self).map(\.request.newestVersion) == [12, 12])
        #expect(transport.calls(TxnOffsetCommitRequest.self).map(\.request.newestVersion) == [5, 5, 5])
        #expect(transport.calls(EndTxnRequest.self).map(\.request.newestVersion) == [5, 5, 5])
        #expect(transport.calls(EndTxnRequest.self).map(\.request.producerEpoch) == [0, 1, 2])
        #expect(log.batches(0).map(\.epoch) == [0, 1] && log.batches(0).map(\.sequence) == [0, 0])
    }

    @Test func `in version 2 an abort starts sequences anew by itself`() async throws {
        let log = ScriptedLog()
        log.fail(with: [.transactionAbortable])
        let transport = ScriptedTransport.producing(to: log)
        transport.setTransactionsOfVersion2()
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            #expect(error?.code == .transactionAborted && error?.isFatal == false)
            try await producer.abortTransaction()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["b"]))
            try await producer.commitTransaction()
        }
        #expect(transport.calls(InitProducerIdRequest.self).count == 1)
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [false, true])
        #expect(log.values(0) == ["b"])
        #expect(log.batches(0).first?.epoch == 1 && log.batches(0).first?.sequence == 0)
    }

    @Test func `a coordinator that is busy is asked again`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        let attempts = Counter()
        transport.on(EndTxnRequest.self) { _, _ in
            EndTxnResponse(errorCode: (attempts.add() < 3 ? KafkaErrorCode.concurrentTransactions : .none).rawValue)
        }
        let adds = Counter()
        transport.on(AddPartitionsToTxnRequest.self) { request, _ in
            let code: KafkaErrorCode = adds.add() < 3 ? .concurrentTransactions : .none
            return AddPartitionsToTxnResponse(resultsByTopicV3AndBelow: [
                .init(name: "t", resultsByPartition: [.init(partitionIndex: 0, partitionErrorCode: code.rawValue)])
            ])
        }
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
            try await producer.commitTransaction()
        }
        #expect(attempts.value == 3 && adds.value == 3)
        #expect(log.values(0) == ["a"])
    }

    @Test func `after a failed batch the transaction can only be aborted, then the next works`() async throws {
        let log = ScriptedLog()
        log.fail(with: [.messageTooLarge])
        let transport = ScriptedTransport.producing(to: log)
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            #expect(error?.code == .transactionAborted && error?.isFatal == false)
            #expect(throws: KafkaError.self) { try producer.enqueueNow(ProducerFaultTests.batch(["b"])) }
            #expect(throws: KafkaError.self) { try producer.beginTransaction() }
            try await producer.abortTransaction()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["c"]))
            try await producer.commitTransaction()
        }
        #expect(log.values(0) == ["c"])
        #expect(log.batches(0).first?.epoch == 1 && log.batches(0).first?.sequence == 0)
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [false, true])
    }

    @Test func `an end that nobody answers is fatal`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        transport.on(EndTxnRequest.self) { _, _ in throw BrokenConnection() }
        try await withTimeLimit {
            let policy = RetryPolicy(initialBackoff: .milliseconds(1), timeout: .milliseconds(10))
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: policy)
            let producer = Producer(client: client, configuration: Self.configuration)
            async let running: Void = producer.run()
            try await producer.initTransactions()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
            await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            let error = #expect(throws: KafkaError.self) { try producer.beginTransaction() }
            #expect(error?.isFatal == true)
            await producer.close()
            await running
        }
    }

    @Test func `a fenced producer is fatal`() async throws {
        let log = ScriptedLog()
        log.fail(with: [.invalidProducerEpoch])
        try await ProducerFaultTests.run(ScriptedTransport.producing(to: log), Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
            let error = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            #expect(error?.code == .fenced && error?.isFatal == true)
            let abort = await #expect(throws: KafkaError.self) { try await producer.abortTransaction() }
            #expect(abort?.code == .fenced)
        }
    }

    @Test func `offsets of a group that has moved on spoil the transaction`() async throws {
        let transport = ScriptedTransport.producing(to: ScriptedLog())
        transport.on(TxnOffsetCommitRequest.self) { request, _ in
            #expect(request.generationId == 3 && request.memberId == "m")
            return TxnOffsetCommitResponse(topics: [
                .init(name: "t", partitions: [.init(errorCode: KafkaErrorCode.illegalGeneration.rawValue)])
            ])
        }
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            let error = await #expect(throws: KafkaError.self) {
                try await producer.sendOffsetsToTransaction(
                    [TopicPartition("t", 0): OffsetAndMetadata(offset: 1)],
                    group: GroupMetadata(groupID: "g", generation: 3, memberID: "m"))
            }
            #expect(error?.code == .transactionAborted)
            await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            try await producer.abortTransaction()
        }
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [false])
    }

    @Test func `offsets of a topic that is gone spoil the transaction after a few attempts`() async throws {
        let transport = ScriptedTransport.producing(to: ScriptedLog())
        let attempts = Counter()
        transport.on(TxnOffsetCommitRequest.self) { _, _ in
            _ = attempts.add()
            return TxnOffsetCommitResponse(topics: [
                .init(name: "t", partitions: [.init(errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue)])
            ])
        }
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            try await producer.initTransactions()
            try producer.beginTransaction()
            let error = await #expect(throws: KafkaError.self) {
                try await producer.sendOffsetsToTransaction(
                    [TopicPartition("t", 0): OffsetAndMetadata(offset: 1)], group: GroupMetadata(groupID: "g"))
            }
            #expect(error?.code == .transactionAborted)
            try await producer.abortTransaction()
        }
        #expect(attempts.value == 4)
    }

    @Test func `records outside of a transaction are refused`() async throws {
        try await ProducerFaultTests.run(ScriptedTransport.producing(to: ScriptedLog()), Self.configuration) {
            producer in
            #expect(throws: KafkaError.self) { try producer.beginTransaction() }
            try await producer.initTransactions()
            let error = #expect(throws: KafkaError.self) { try producer.enqueueNow(ProducerFaultTests.batch(["a"])) }
            #expect(error?.code == .invalidState)
        }
    }

    @Test func `a scoped transaction commits, or aborts on an error, and the producer goes on`() async throws {
        struct Trouble: Error {}
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            let answer = try await producer.withTransaction { producer in
                try producer.enqueueNow(ProducerFaultTests.batch(["a"]))
                return 42
            }
            #expect(answer == 42)
            await #expect(throws: Trouble.self) {
                try await producer.withTransaction { producer in
                    _ = try await producer.send(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "b")))
                    throw Trouble()
                }
            }
            try await producer.withTransaction { try $0.enqueueNow(ProducerFaultTests.batch(["c"])) }
        }
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [true, false, true])
        #expect(transport.calls(InitProducerIdRequest.self).count == 1)
    }

    @Test func `a scoped transaction whose task is cancelled is aborted`() async throws {
        let log = ScriptedLog()
        let transport = ScriptedTransport.producing(to: log)
        try await ProducerFaultTests.run(transport, Self.configuration) { producer in
            let task = Task {
                try await producer.withTransaction { producer in
                    _ = try await producer.send(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "a")))
                    try await Task.sleep(for: .seconds(600))
                }
            }
            while log.values(0).isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(transport.calls(EndTxnRequest.self).map(\.request.committed) == [false])
    }
}

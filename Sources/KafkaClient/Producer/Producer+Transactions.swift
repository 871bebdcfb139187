public import KafkaProtocol
import Synchronization

extension Producer {
    /// Takes over the transactional id: fences earlier producers with it, settles a transaction that one left open, and gets
    /// this producer's identity. Called once, before the first transaction; `run()` need not run yet.
    public func initTransactions() async throws {
        let id = try transactionalID("initialize transactions")
        try state.withLock { try $0.transaction?.beginInitializing() }
        do {
            let response = try await client.send(
                InitProducerIdRequest(
                    transactionalId: id, transactionTimeoutMs: configuration.transactionTimeout.milliseconds32),
                to: .transaction(id), "initialize transactional id \(id)"
            ) { $0.errorCode }
            let isVersion2 = try await client.level(of: "transaction.version") >= 2
            state.withLock { state in
                state.queue.use(ProducerIdentity(id: response.producerId, epoch: response.producerEpoch))
                state.transaction?.initialized(nil, isVersion2: isVersion2)
            }
        } catch {
            state.withLock { $0.transaction?.initialized(KafkaError.from(error, "initialize transactional id \(id)")) }
            throw error
        }
    }

    /// Begins a transaction. Costs nothing: the coordinator learns of it with the first partition written to.
    public func beginTransaction() throws {
        _ = try transactionalID("begin a transaction")
        try state.withLock { state in
            state.failure = nil
            try state.transaction?.begin()
        }
    }

    /// Makes the positions of `group` part of the transaction: they are committed with it or not at all. The coordinator
    /// refuses them if the group has moved on to another generation (KIP-447).
    public func sendOffsetsToTransaction(
        _ offsets: [TopicPartition: OffsetAndMetadata], group: GroupMetadata
    ) async throws {
        do {
            try await offerOffsetsToTransaction(offsets, group: group)
        } catch let error as KafkaError where error.isOfEarlierGeneration {
            throw spoilTransaction(error, "commit offsets of group \(group.groupID) in a transaction")
        }
    }

    /// The same; but if the coordinator refuses the member's generation (`isOfEarlierGeneration`), the transaction stays as it is.
    /// Offers the offsets again as of the present generation, or aborts, who calls this.
    package func offerOffsetsToTransaction(
        _ offsets: [TopicPartition: OffsetAndMetadata], group: GroupMetadata
    ) async throws {
        let id = try transactionalID("send offsets to a transaction")
        guard !offsets.isEmpty else { return }
        try await announceOffsets(of: group.groupID)
        let what = "commit offsets of group \(group.groupID) in the transaction of \(id)"
        let identity = try identity(for: what)
        do {
            var request = TxnOffsetCommitRequest(
                transactionalId: id, groupId: group.groupID, producerId: identity.id, producerEpoch: identity.epoch,
                generationId: group.generation, memberId: group.memberID, groupInstanceId: group.instanceID,
                topics: offsets.keys.byTopic().map { topic, partitions in
                    TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic(
                        name: topic,
                        partitions: partitions.compactMap { partition in
                            guard let offset = offsets[TopicPartition(topic, partition)] else { return nil }
                            return TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition(
                                partitionIndex: partition, committedOffset: offset.offset,
                                committedLeaderEpoch: offset.leaderEpoch, committedMetadata: offset.metadata)
                        })
                })
            request.isOfTransactionV2 = isVersion2
            try await client.retrying(what) { attempt in
                let response = try await client.sendOnce(request, to: .group(group.groupID)) { Self.error(in: $0) }
                let code = KafkaErrorCode(rawValue: Self.error(in: response))
                guard code != .none else { return }
                let error = KafkaError.broker(code, what)
                // A topic that was deleted must not hold the transaction open for long.
                guard code == .unknownTopicOrPartition, attempt > 3 else { throw error }
                throw KafkaError(.unknownTopic, "could not \(what)", underlying: error)
            }
        } catch let error as KafkaError where error.isOfEarlierGeneration {
            throw error
        } catch {
            throw spoilTransaction(error, what)
        }
    }

    /// Tells the coordinator that offsets of the group will be part of the transaction: what `sendOffsetsToTransaction` does
    /// first, unless it has been done; nothing in transactions of version 2. Batches may be under way meanwhile.
    package func announceOffsets(of group: String) async throws {
        let id = try transactionalID("send offsets to a transaction")
        let what = "commit offsets of group \(group) in the transaction of \(id)"
        let identity = try identity(for: what)
        guard !state.withLock({ $0.transaction?.hasGroup(group) ?? false }) else { return }
        state.withLock { $0.transaction?.willAddGroup() }
        // The offsets themselves tell it.
        if isVersion2 { return }
        do {
            _ = try await client.send(
                AddOffsetsToTxnRequest(
                    transactionalId: id, producerId: identity.id, producerEpoch: identity.epoch, groupId: group),
                to: .transaction(id), what
            ) { $0.errorCode }
            state.withLock { $0.transaction?.added(group: group) }
        } catch {
            throw spoilTransaction(error, what)
        }
    }

    /// The producer's identity, while a transaction is open and unspoiled.
    private func identity(for what: String) throws -> ProducerIdentity {
        let identity = try state.withLock { state in
            try state.transaction?.checkOpen(what)
            return state.queue.identity
        }
        guard let identity else { throw KafkaError(.invalidState, "cannot \(what): there is no producer id") }
        return identity
    }

    /// Commits: everything written in the transaction and its offsets become visible at once. Flushes first.
    ///
    /// Throws `.transactionAborted` if something failed (then call `abortTransaction`), or a fatal error (then drop the
    /// producer): `.fenced`, or that the outcome is unknown because nobody answered. In that case the next producer's
    /// `initTransactions` settles it one way or the other.
    public func commitTransaction() async throws {
        let id = try transactionalID("commit")
        try state.withLock { state in
            closeOpenBatches(&state)
            try state.transaction?.beginCommit()
        }
        do {
            try await flush()
        } catch is CancellationError {
            state.withLock {
                $0.transaction?.fail(KafkaError(.transactionAborted, "the commit of \(id) was cancelled"))
            }
            throw CancellationError()
        } catch {
            throw spoilTransaction(error, "commit the transaction of \(id)")
        }
        let ending = try state.withLock { try $0.transaction?.ending() }
        try await end(id, commit: true, ending)
    }

    /// Aborts: nothing written in the transaction becomes visible to `read_committed` consumers. Batches that were not sent
    /// are dropped; the producer can begin anew.
    public func abortTransaction() async throws {
        let id = try transactionalID("abort")
        let error = KafkaError(.transactionAborted, "the transaction of \(id) was aborted")
        finish(
            try state.withLock { state in
                closeOpenBatches(&state)
                try state.transaction?.beginAbort()
                return state.queue.failWaiting(error)
            })
        // What is under way must be settled before the coordinator writes its markers.
        while true {
            let seen = progress.version
            let isSettled = state.withLock { state in
                state.isClosed || (state.queue.isEmpty && !(state.transaction?.isAddingPartitions ?? false))
            }
            if isSettled { break }
            try Task.checkCancellation()
            await progress.wait(after: seen)
            finish(state.withLock { $0.queue.failWaiting(error) })
        }
        let ending = try state.withLock { state in
            state.failure = nil
            return try state.transaction?.ending()
        }
        try await end(id, commit: false, ending)
    }

    /// Calls `body` in a transaction: what it writes with this producer, and the offsets that it sends, become visible at
    /// once when it returns, or not at all if it throws. Takes over the transactional id before the first transaction.
    ///
    /// Throws what `body` throws, after the abort, or what keeps the transaction from being committed. After an error with
    /// `isFatal` the producer must be dropped; otherwise the next transaction can begin. If the task is cancelled, the
    /// abort is given ten seconds.
    public func withTransaction<R>(_ body: (Producer) async throws -> R) async throws -> R {
        if state.withLock({ $0.transaction?.isUninitialized ?? false }) { try await initTransactions() }
        try beginTransaction()
        do {
            let result = try await body(self)
            try await commitTransaction()
            return result
        } catch {
            let isFatal = (error as? KafkaError)?.isFatal ?? false
            if !isFatal {
                // The first error tells more than one of the abort, which also shows in the next transaction.
                await shieldedFromCancellation(for: .seconds(10), client.environment) {
                    try? await self.abortTransaction()
                }
            }
            throw error
        }
    }

    private func end(_ id: String, commit: Bool, _ ending: Transaction.Ending?) async throws {
        guard let ending, let identity = state.withLock({ $0.queue.identity }) else { return }
        let what = (commit ? "commit" : "abort") + " the transaction of \(id)"
        do {
            if ending.tellsCoordinator {
                try await tellCoordinator(id, commit: commit, identity, isInDoubt: ending.isInDoubt, what)
            }
            if ending.raisesEpoch { try await raiseEpoch(id) }
            state.withLock { $0.transaction?.ended(nil) }
        } catch {
            state.withLock { $0.transaction?.ended(KafkaError.from(error, what)) }
            throw error
        }
    }

    private func tellCoordinator(
        _ id: String, commit: Bool, _ identity: ProducerIdentity, isInDoubt: Bool, _ what: String
    ) async throws {
        do {
            var request = EndTxnRequest(
                transactionalId: id, producerId: identity.id, producerEpoch: identity.epoch, committed: commit)
            request.isOfTransactionV2 = isVersion2
            let response = try await client.send(request, to: .transaction(id), what) { $0.errorCode }
            // KIP-890: the coordinator raises the epoch with each transaction.
            if response.producerId >= 0 {
                let new = ProducerIdentity(id: response.producerId, epoch: response.producerEpoch)
                state.withLock { if $0.queue.identity != new { $0.queue.use(new) } }
            }
        } catch let error as KafkaError where isInDoubt && !commit && error.errorCode == .invalidTxnState {
            // There was nothing to abort.
        }
    }

    /// Sequences are in doubt: a new epoch starts them anew (KIP-360).
    private func raiseEpoch(_ id: String) async throws {
        guard let identity = state.withLock({ $0.queue.identity }) else { return }
        let response = try await client.send(
            InitProducerIdRequest(
                transactionalId: id, transactionTimeoutMs: configuration.transactionTimeout.milliseconds32,
                producerId: identity.id, producerEpoch: identity.epoch),
            to: .transaction(id), "raise the epoch of \(id)"
        ) { $0.errorCode }
        state.withLock {
            $0.queue.use(ProducerIdentity(id: response.producerId, epoch: response.producerEpoch))
        }
    }

    /// Adds partitions to the transaction at its coordinator.
    func addPartitionsToTransaction(_ partitions: [TopicPartition]) async {
        guard let id = configuration.transactionalID, let identity = state.withLock({ $0.queue.identity }) else {
            return
        }
        let what = "add \(partitions.count) partitions to the transaction of \(id)"
        var failure: KafkaError?
        do {
            // Brokers use the newer form among themselves.
            let response = try await client.sendOnce(
                AddPartitionsToTxnRequest(
                    v3AndBelowTransactionalId: id, v3AndBelowProducerId: identity.id,
                    v3AndBelowProducerEpoch: identity.epoch,
                    v3AndBelowTopics: partitions.byTopic().map {
                        AddPartitionsToTxnRequest.AddPartitionsToTxnTopic(name: $0, partitions: $1)
                    }), to: .transaction(id), errorCode: { Self.error(in: $0).rawValue })
            let code = Self.error(in: response)
            if code != .none { failure = KafkaError.broker(code, what) }
        } catch {
            failure = KafkaError.from(error, what)
        }
        let environment = client.environment
        finish(
            state.withLock { state in
                state.transaction?.partitionsAdded(failure, now: environment.now()) { attempt in
                    client.retryPolicy.delay(afterAttempt: attempt, random: environment.random())
                }
                return dropSpoiled(&state)
            })
    }

    private static func error(in response: TxnOffsetCommitResponse) -> Int16 {
        response.topics.lazy.flatMap(\.partitions).map(\.errorCode).first { $0 != 0 } ?? 0
    }

    /// The error in an answer; of several the one that is worst.
    private static func error(in response: AddPartitionsToTxnResponse) -> KafkaErrorCode {
        if response.errorCode != 0 { return KafkaErrorCode(rawValue: response.errorCode) }
        let topics = response.resultsByTopicV3AndBelow + response.resultsByTransaction.flatMap(\.topicResults)
        let codes = topics.lazy.flatMap(\.resultsByPartition).map { KafkaErrorCode(rawValue: $0.partitionErrorCode) }
            .filter { $0 != .none && $0 != .operationNotAttempted }
        return codes.first { !$0.isRetriable } ?? codes.first ?? .none
    }

    /// Notes that the transaction cannot be committed any more; returns the error to throw.
    private func spoilTransaction(_ error: any Error, _ what: String) -> any Error {
        if error is CancellationError { return error }
        let failure = KafkaError.from(error, what)
        return state.withLock { state in
            state.transaction?.fail(failure)
            return state.transaction?.failure ?? failure
        }
    }

    /// Whether transactions are of version 2.
    var isVersion2: Bool { state.withLock { $0.transaction?.isVersion2 ?? false } }

    private func transactionalID(_ what: String) throws -> String {
        guard let id = configuration.transactionalID else {
            throw KafkaError(.invalidState, "cannot \(what): the producer has no transactional id")
        }
        return id
    }
}

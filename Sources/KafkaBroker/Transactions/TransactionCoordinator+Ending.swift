internal import KafkaProtocol
internal import Synchronization

extension TransactionCoordinator {
    /// Commits or aborts. Once the decision is in the file it stands, whatever happens; on return the markers are
    /// written, too, unless the file system refuses them, in which case they are tried again.
    func end(_ id: Name, commit: Bool, producerID: Int64, epoch: Int16, bumpsEpoch: Bool) -> ProducerAnswer {
        do {
            guard !id.isEmpty else { throw RequestError(.invalidRequest, "The transactional id is empty.") }
            let (prepared, answer) = try state.withLock { state -> (Transaction?, (Int64, Int16)) in
                try self.checkOpen(state)
                guard var next = state.table.transactions[id] else {
                    throw RequestError(.invalidProducerIdMapping, "transactional id \(id) is not known")
                }
                switch try next.end(
                    commit: commit, producerID: producerID, epoch: epoch, bumpsEpoch: bumpsEpoch, now: clock.wall(),
                    freshProducerID: producerIDs.next)
                {
                case .refused(let error):
                    throw RequestError(error, "transactional id \(id) in state \(next.state.name)")
                case .alreadyDone: return (nil, (next.producerID, next.producerEpoch))
                case .prepared:
                    try self.write(next, to: &state)
                    let answer =
                        next.nextProducerID >= 0 ? (next.nextProducerID, 0) : (next.producerID, next.producerEpoch)
                    return (next, answer)
                }
            }
            if let prepared { finish(prepared) }
            return .success(answer)
        } catch {
            return .failure(RequestError(error))
        }
    }

    /// Carries out what was decided: markers to all partitions, offsets to the groups, then the note that it is done.
    func finish(_ transaction: Transaction) {
        do {
            let commit = transaction.state == .prepareCommit
            for partition in transaction.partitions.sorted() {
                // A partition whose topic was deleted needs none.
                guard let log = topics.log(partition) else { continue }
                do {
                    try log.appendControl(
                        commit: commit, producerId: transaction.producerID, producerEpoch: transaction.producerEpoch,
                        coordinatorEpoch: Self.epoch, now: clock.wall())
                } catch let error as PartitionLogError
                    where error.code == .invalidProducerEpoch || topics.log(partition) == nil
                {
                    // A newer epoch has written there, which is possible only after this transaction was ended there.
                    continue
                }
            }
            if !transaction.groups.isEmpty {
                try groups.endTransaction(
                    producerID: transaction.producerID, groups: transaction.groups.sorted(), commit: commit)
            }
            try state.withLock { state in
                var next = transaction
                next.complete(now: clock.wall())
                try self.write(next, to: &state)
            }
        } catch {
            let isClosed = state.withLock { $0.isClosed }
            guard !isClosed else { return }
            report("ending the transaction failed and is tried again: \(error)", about: "transactional id \(transaction.id)")
            timers.schedule(at: clock.deadline(after: Self.retryDelay)) { [weak self] in
                guard let self, !self.state.withLock({ $0.isClosed }) else { return }
                finish(transaction)
            }
        }
    }

    /// After opening: ends what was decided, and aborts what producers of the last process have left open, and what no
    /// transactional id knows of, because its record is lost.
    func recover() {
        abortUnknown()
        for var transaction in all {
            if transaction.state == .ongoing, transaction.isInProcess {
                transaction.fence(now: clock.wall())
                do {
                    try state.withLock { try self.write(transaction, to: &$0) }
                } catch {
                    report("aborting the open transaction failed: \(error)", about: "transactional id \(transaction.id)")
                    continue
                }
            }
            if transaction.state.isPrepared { finish(transaction) }
        }
        scheduleTimer()
    }

    /// Readers of committed data would wait for its end for ever.
    private func abortUnknown() {
        let known = state.withLock { $0.table.openProducers }
        for log in topics.logs {
            for producer in log.producers where producer.transactionStart != nil && !known.contains(producer.producerId) {
                do {
                    try log.appendControl(
                        commit: false, producerId: producer.producerId, producerEpoch: producer.epoch,
                        coordinatorEpoch: max(Self.epoch, producer.coordinatorEpoch), now: clock.wall())
                    report(
                        "\(log.topicPartition): aborted the transaction of producer \(producer.producerId) from offset "
                            + "\(producer.transactionStart ?? 0) on: no transactional id knows of it")
                } catch {
                    report("\(log.topicPartition): aborting a transaction that nobody knows of failed: \(error)")
                }
            }
        }
    }

    // MARK: Timeouts

    /// Sets the timer if an open transaction, the named one or any, times out before it fires; not before `earliest`.
    func scheduleTimer(for id: Name? = nil, earliest: Int64 = 0) {
        let deadline = state.withLock { state -> Int64? in
            let table = state.table
            guard !state.isClosed, let next = id.map({ table.transactions[$0]?.deadline }) ?? table.nextDeadline else {
                return nil
            }
            let deadline = max(clock.deadline(after: max(0, next.saturatingSubtract(clock.wall()))), earliest)
            guard deadline < state.timerDeadline ?? .max else { return nil }
            state.timerDeadline = deadline
            return deadline
        }
        guard let deadline else { return }
        timers.schedule(at: deadline) { [weak self] in self?.abortTimedOut(deadline) }
    }

    private func abortTimedOut(_ deadline: Int64) {
        let (fenced, failed) = state.withLock { state -> ([Transaction], Bool) in
            if state.timerDeadline == deadline { state.timerDeadline = nil }
            guard !state.isClosed else { return ([], false) }
            let now = clock.wall()
            var fenced: [Transaction] = []
            var failed = false
            for var transaction in state.table.transactions.values {
                guard let end = transaction.deadline, end <= now else { continue }
                transaction.fence(now: now)
                do {
                    try write(transaction, to: &state)
                    fenced.append(transaction)
                } catch {
                    failed = true
                    report("aborting after its timeout failed and is tried again: \(error)", about: "transactional id \(transaction.id)")
                }
            }
            return (fenced, failed)
        }
        for transaction in fenced {
            report("aborted after its timeout of \(transaction.timeout) ms", about: "transactional id \(transaction.id)")
            finish(transaction)
        }
        scheduleTimer(earliest: failed ? clock.deadline(after: Self.retryDelay) : 0)
    }
}

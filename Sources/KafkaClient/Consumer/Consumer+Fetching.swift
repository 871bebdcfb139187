import KafkaProtocol
import Synchronization

extension Consumer {
    /// Makes a fetch request and puts what it brings into the buffers.
    func fetch(_ request: FetchState.Request) async {
        identifyTopics(of: request)
        let outcomes: [FetchState.Outcome]
        do {
            let response = try await client.send(message(for: request), to: request.node)
            outcomes = self.outcomes(of: request, in: response)
        } catch {
            if error is CancellationError { return }
            let failure = KafkaError.from(error, "read from broker \(request.node)")
            outcomes = request.entries.map { _ in .failed(failure) }
        }
        let now = client.environment.now()
        let random = client.environment.random()
        let (listeners, hasNews) = state.withLock { state in
            var listeners: [@Sendable () -> Void] = []
            var hasNews = false
            for (entry, outcome) in zip(request.entries, outcomes) {
                noteWait(entry, outcome, now: now)
                let (notify, isStale, error) = state.fetch.fetched(entry, outcome, now: now, random: random)
                if isStale { client.invalidate(entry.topicPartition.topicName) }
                if let error { state.events.append(.error(error)) }
                if notify, let listener = state.fetch.partitions[entry.topicPartition]?.listener {
                    listeners.append(listener)
                }
                hasNews = hasNews || notify || error != nil
            }
            return (listeners, hasNews)
        }
        for listener in listeners { listener() }
        if hasNews { news.notify() }
    }

    /// Looks whether the topics are still those that the positions are of.
    private func identifyTopics(of request: FetchState.Request) {
        let ids = client.cluster.metadata.withLock { metadata in
            request.entries.map { metadata.topic($0.topicPartition.topicName)?.id ?? .zero }
        }
        let errors = state.withLock { state in
            let errors = zip(request.entries, ids).compactMap { state.fetch.identify($0.topicPartition, as: $1) }
            for error in errors { state.events.append(.error(error)) }
            return errors
        }
        if !errors.isEmpty {
            work.notify()
            news.notify()
        }
    }

    /// What fails and is tried again is told, and that it has gone on.
    private func noteWait(_ entry: FetchState.Request.Entry, _ outcome: FetchState.Outcome, now: Int64) {
        let key = WaitBoard.Key(waiter, .read(entry.topicPartition))
        switch outcome {
        case .refused(let code) where code.isRetriable && code != .offsetOutOfRange:
            client.waits.note(
                key, "read \(entry.topicPartition)", because: KafkaError.broker(code, "read"), now: now)
        case .failed(let error) where error.isRetriable:
            client.waits.note(key, "read \(entry.topicPartition)", because: error, now: now)
        case .batches, .refused, .failed: client.waits.clear(key)
        }
    }

    private func message(for request: FetchState.Request) -> FetchRequest {
        var topics: [FetchRequest.FetchTopic] = []
        var places: [Name: Int] = [:]
        client.cluster.metadata.withLock { metadata in
            for entry in request.entries {
                let topic = entry.topicPartition.topicName
                let partition = FetchRequest.FetchPartition(
                    partition: entry.topicPartition.partition,
                    currentLeaderEpoch: metadata.partition(entry.topicPartition)?.leaderEpoch ?? -1,
                    fetchOffset: entry.offset,
                    partitionMaxBytes: Int32(clamping: configuration.partitionFetchBytes))
                if let place = places[topic] {
                    topics[place].partitions.append(partition)
                } else {
                    places[topic] = topics.count
                    topics.append(
                        FetchRequest.FetchTopic(
                            topic: topic.string, topicId: metadata.topic(topic)?.id ?? .zero, partitions: [partition]))
                }
            }
        }
        return FetchRequest(
            maxWaitMs: Int32(clamping: request.maxWait), minBytes: Int32(clamping: configuration.minBytes),
            maxBytes: Int32(clamping: configuration.fetchMaxBytes), isolationLevel: configuration.isolation.rawValue,
            topics: topics)
    }

    private func outcomes(of request: FetchState.Request, in response: FetchResponse) -> [FetchState.Outcome] {
        let code = KafkaErrorCode(rawValue: response.errorCode)
        guard code == .none else { return request.entries.map { _ in .refused(code) } }
        var partitions: [TopicPartition: FetchResponse.PartitionData] = [:]
        for topic in response.responses {
            // Newer versions give the id alone.
            guard
                let name = topic.topic.isEmpty
                    ? client.cluster.metadata.withLock({ $0.name(of: topic.topicId) }) : Name(topic.topic)
            else { continue }
            for partition in topic.partitions { partitions[TopicPartition(name, partition.partitionIndex)] = partition }
        }
        let filter = BatchFilter(isolation: configuration.isolation)
        return request.entries.map { entry in
            guard let partition = partitions[entry.topicPartition] else {
                // Brokers may leave out what did not fit into the answer.
                return .failed(
                    KafkaError(
                        .malformedResponse, "the answer to a fetch leaves out \(entry.topicPartition)",
                        topicPartition: entry.topicPartition, offset: entry.offset, isRetriable: true))
            }
            let code = KafkaErrorCode(rawValue: partition.errorCode)
            guard code == .none else { return .refused(code) }
            do {
                let result = try filter.filter(
                    partition.records ?? Bytes(), from: entry.offset, aborted: partition.abortedTransactions ?? [],
                    of: entry.topicPartition)
                return .batches(
                    result, highWatermark: partition.highWatermark,
                    lastStableOffset: partition.lastStableOffset < 0
                        ? partition.highWatermark : partition.lastStableOffset,
                    logStartOffset: partition.logStartOffset)
            } catch {
                return .failed(KafkaError.from(error, "read \(entry.topicPartition)"))
            }
        }
    }

    /// Finds out where to begin in partitions.
    func findPositions(_ needed: [PositionNeeded]) async {
        var results: [TopicPartition: Result<Int64, KafkaError>] = [:]
        do {
            var timestamps: [TopicPartition: Int64] = [:]
            var starts = Dictionary(needed.map { ($0.topicPartition, $0.start) }, uniquingKeysWith: { $1 })
            let committed = starts.filter { $0.value == .committed }.map(\.key)
            if !committed.isEmpty {
                let known = try await self.committed(committed)
                for topicPartition in committed {
                    if let offset = known[topicPartition]?.offset {
                        results[topicPartition] = .success(offset)
                        starts[topicPartition] = nil
                    } else if configuration.autoOffsetReset == .none {
                        results[topicPartition] = .failure(
                            KafkaError(
                                .noOffset,
                                "group \(configuration.groupID ?? "-") has no offset for \(topicPartition), and none is to be chosen",
                                topicPartition: topicPartition))
                        starts[topicPartition] = nil
                    } else {
                        starts[topicPartition] = configuration.autoOffsetReset == .earliest ? .earliest : .latest
                    }
                }
            }
            for (topicPartition, start) in starts {
                switch start {
                case .offset(let offset): results[topicPartition] = .success(offset)
                case .earliest: timestamps[topicPartition] = -2
                case .latest, .committed: timestamps[topicPartition] = -1
                case .timestamp(let timestamp): timestamps[topicPartition] = timestamp
                }
            }
            for (topicPartition, found) in try await offsets(timestamps) { results[topicPartition] = .success(found) }
        } catch {
            if error is CancellationError { return }
            let failure = KafkaError.from(error, "find the position in \(needed.count) partitions")
            for need in needed where results[need.topicPartition] == nil {
                results[need.topicPartition] = .failure(failure)
            }
        }
        apply(results, to: needed)
    }

    private func apply(_ results: [TopicPartition: Result<Int64, KafkaError>], to needed: [PositionNeeded]) {
        let now = client.environment.now()
        let random = client.environment.random()
        let (listeners, hasNews) = state.withLock { state in
            var listeners: [@Sendable () -> Void] = []
            var hasNews = false
            for need in needed {
                guard let result = results[need.topicPartition] else { continue }
                let (notify, error) = state.fetch.positioned(
                    need.topicPartition, epoch: need.epoch, result, now: now, random: random)
                if let error { state.events.append(.error(error)) }
                if notify, let listener = state.fetch.partitions[need.topicPartition]?.listener {
                    listeners.append(listener)
                }
                hasNews = hasNews || notify || error != nil
            }
            return (listeners, hasNews)
        }
        for listener in listeners { listener() }
        if hasNews { news.notify() }
    }

    /// Offsets by timestamp, -1 for the latest and -2 for the earliest; the latest where no record is late enough.
    private func offsets(_ timestamps: [TopicPartition: Int64]) async throws -> [TopicPartition: Int64] {
        guard !timestamps.isEmpty else { return [:] }
        var found = try await client.listOffsets(timestamps, isolation: configuration.isolation).mapValues(\.offset)
        let none = found.filter { $0.value < 0 }.map(\.key)
        if !none.isEmpty {
            let latest = try await client.listOffsets(
                Dictionary(uniqueKeysWithValues: none.map { ($0, Int64(-1)) }), isolation: configuration.isolation)
            found.merge(latest.mapValues(\.offset)) { $1 }
        }
        return found
    }

    /// Looks up leaders. That a partition does not exist is told once; it may yet be created, and is looked for until then.
    func findLeaders(of partitions: [TopicPartition]) async {
        let verdicts = await client.findLeaders(of: partitions, allowCreation: false)
        let environment = client.environment
        for (partition, verdict) in verdicts where verdict != .found {
            client.waits.note(
                WaitBoard.Key(waiter, .read(partition)), "read \(partition)", because: verdict, now: environment.now())
        }
        let policy = client.retryPolicy
        let hasNews = state.withLock { state in
            let missing = state.leaders.answered(verdicts, now: environment.now()) {
                policy.delay(afterAttempt: $0, random: environment.random())
            }
            for (partition, code) in missing.sorted(by: { $0.key < $1.key }) {
                var error = KafkaError.broker(code, "read \(partition)", topicPartition: partition)
                error.isRetriable = true
                state.events.append(.error(error))
            }
            // Those who share out partitions should know.
            if !missing.isEmpty { state.topicsCheckedAt = .min }
            return !missing.isEmpty
        }
        if hasNews { news.notify() }
    }
}

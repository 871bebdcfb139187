import KafkaClient
public import MillraceMetrics

extension StreamsApplication {
    /// What the application has counted and measured, as of now: of each task it has here, of sources, sinks, stores and clients.
    /// Kafka Streams' `KafkaStreams.metrics()`. From any thread; read it as often as you like, some times a second at most.
    ///
    /// Counters of a task begin anew with each of its lives, as after a rebalance. Rates, means and extremes are those of the last 30
    /// to 60 seconds.
    public var metrics: MetricSnapshot {
        let figures = meter.current
        let now = client.environment.now()
        var snapshot = MetricSnapshot()
        for state in StreamsState.allCases {
            snapshot.add(StreamsMetric.state, self.state == state ? 1 : 0, [MetricTag("state", state.rawValue)])
        }
        snapshot.add(StreamsMetric.tasks, figures.assigned)
        snapshot.add(StreamsMetric.standbys, figures.followed)
        snapshot.add(StreamsMetric.taskCreated, figures.begun)
        snapshot.add(StreamsMetric.taskClosed, figures.closed)
        snapshot.add(StreamsMetric.taskFailed, figures.failed)
        snapshot.add(StreamsMetric.warnings, figures.warnings)
        snapshot.add(StreamsMetric.rebalances, figures.rebalances)
        let tasks = figures.tasks.mapValues(\.current).sorted { $0.key < $1.key }
        for (id, task) in tasks {
            let tags = [MetricTag("task-id", "\(id)")]
            snapshot.add(task.metrics(at: now), tags: tags)
            snapshot.add(places(of: task, id, at: now), tags: tags)
            snapshot.add(restores(figures.restores[id] ?? [:]), tags: tags)
        }
        snapshot.add(Self.clients(tasks.map(\.value), at: now))
        var tagged = MetricSnapshot()
        tagged.add(snapshot, tags: [MetricTag("application-id", configuration.applicationID)])
        return tagged
    }

    /// What is told of a task's sources, sinks and stores.
    private func places(of task: TaskFigures, _ id: TaskID, at now: Int64) -> MetricSnapshot {
        var snapshot = MetricSnapshot()
        for (name, size) in task.stores.sorted(by: { $0.key < $1.key }) {
            let tags = [MetricTag("store", name)]
            snapshot.add(size.isOnDisk ? StreamsMetric.estimateNumKeys : StreamsMetric.numKeys, size.rows, tags)
            snapshot.add(StreamsMetric.memoryBytes, size.memoryBytes, tags)
        }
        for (store, ratio) in task.hitRatios.sorted(by: { $0.key < $1.key }) {
            let tags = [MetricTag("record-cache-id", store)]
            var ratio = ratio
            snapshot.add(StreamsMetric.hitRatioAvg, ratio.mean(at: now), tags)
            snapshot.add(StreamsMetric.hitRatioMin, ratio.least(at: now), tags)
            snapshot.add(StreamsMetric.hitRatioMax, ratio.most(at: now), tags)
        }
        for (step, calls) in task.calls.sorted(by: { $0.key < $1.key }) {
            let tags = [MetricTag("processor-node-id", step)]
            var time = calls.time
            snapshot.add(StreamsMetric.callsInFlight, calls.inFlight, tags)
            snapshot.add(StreamsMetric.callTotal, calls.calls, tags)
            snapshot.add(StreamsMetric.callRetries, calls.retries, tags)
            snapshot.add(StreamsMetric.callFailures, calls.failures, tags)
            snapshot.add(StreamsMetric.callLatencyAvg, time.mean(at: now), tags)
            snapshot.add(StreamsMetric.callLatencyMax, time.most(at: now), tags)
        }
        for (topic, input) in task.inputs.sorted(by: { $0.key < $1.key }) {
            let tags = [MetricTag("processor-node-id", input.step), MetricTag("topic-name", topic)]
            snapshot.add(StreamsMetric.consumedRecords, input.records, tags)
            snapshot.add(StreamsMetric.consumedBytes, input.bytes, tags)
            snapshot.add(StreamsMetric.recordsLag, input.lag, [MetricTag("topic", topic), MetricTag("partition", "\(input.partition)")])
            snapshot.addStep(
                input.step, total: input.records, rate: input.rate, input.latency, range: input.latencyRange, at: now)
        }
        for (topic, output) in task.outputs.sorted(by: { $0.key < $1.key }) {
            switch blueprint.writer(of: topic) {
            case .store(let name):
                var rate = output.rate
                snapshot.add(StreamsMetric.changelogRecords, output.records, [MetricTag("store", name)])
                snapshot.add(StreamsMetric.changelogRate, rate.rate(at: now), [MetricTag("store", name)])
            case .sink(let step):
                let tags = [MetricTag("processor-node-id", step), MetricTag("topic-name", topic)]
                snapshot.add(StreamsMetric.producedRecords, output.records, tags)
                snapshot.add(StreamsMetric.producedBytes, output.bytes, tags)
                snapshot.addStep(
                    step, total: output.records, rate: output.rate, output.latency, range: output.latencyRange, at: now)
            }
        }
        return snapshot
    }

    private func restores(_ stores: [String: ApplicationMeter.Restore]) -> MetricSnapshot {
        var snapshot = MetricSnapshot()
        for (store, restore) in stores.sorted(by: { $0.key < $1.key }) {
            snapshot.add(StreamsMetric.restoreTotal, restore.restored, [MetricTag("store", store)])
            snapshot.add(StreamsMetric.restoreRemaining, restore.of - restore.restored, [MetricTag("store", store)])
        }
        snapshot.add(StreamsMetric.taskRestoreTotal, stores.values.reduce(0) { $0 + $1.restored })
        snapshot.add(StreamsMetric.taskRestoreRemaining, stores.values.reduce(0) { $0 + $1.of - $1.restored })
        return snapshot
    }

    private static func clients(_ tasks: [TaskFigures], at now: Int64) -> MetricSnapshot {
        let inputs = tasks.flatMap(\.inputs.values)
        let outputs = tasks.flatMap(\.outputs.values)
        func rate(_ stats: [WindowedStat]) -> Double {
            stats.reduce(0) { sum, stat in
                var stat = stat
                return sum + stat.rate(at: now)
            }
        }
        let batches = tasks.map { task in
            var stat = task.batchBytes
            return (most: stat.most(at: now), rate: stat.rate(at: now), sum: stat.sumRate(at: now))
        }
        let batchRate = batches.reduce(0) { $0 + $1.rate }
        var snapshot = MetricSnapshot()
        snapshot.add(StreamsMetric.partitions, inputs.count)
        snapshot.add(StreamsMetric.recordsLagMax, inputs.compactMap(\.lag).max())
        snapshot.add(StreamsMetric.consumerRecords, inputs.reduce(0) { $0 + $1.records })
        snapshot.add(StreamsMetric.consumerRate, rate(inputs.map(\.rate)))
        snapshot.add(StreamsMetric.consumerBytes, inputs.reduce(0) { $0 + $1.bytes })
        snapshot.add(StreamsMetric.sendTotal, outputs.reduce(0) { $0 + $1.records })
        snapshot.add(StreamsMetric.sendRate, rate(outputs.map(\.rate)))
        snapshot.add(StreamsMetric.sendBytes, outputs.reduce(0) { $0 + $1.bytes })
        snapshot.add(StreamsMetric.batchAvg, batchRate > 0 ? batches.reduce(0) { $0 + $1.sum } / batchRate : nil)
        snapshot.add(StreamsMetric.batchMax, batches.compactMap(\.most).max())
        return snapshot
    }
}

extension MetricSnapshot {
    fileprivate mutating func addStep(
        _ step: String, total: Int64, rate: WindowedStat, _ latency: DistributionMeter, range: WindowedStat, at now: Int64
    ) {
        let tags = [MetricTag("processor-node-id", step)]
        var (rate, latency, range) = (rate, latency, range)
        add(StreamsMetric.nodeProcessTotal, total, tags)
        add(StreamsMetric.nodeProcessRate, rate.rate(at: now), tags)
        add(StreamsMetric.latencyAvg, range.mean(at: now), tags)
        add(StreamsMetric.latencyMin, range.least(at: now), tags)
        add(StreamsMetric.latencyMax, range.most(at: now), tags)
        add(StreamsMetric.latency, latency.distribution(at: now), tags)
    }
}

extension TaskFigures {
    /// What is told of the task as a whole.
    func metrics(at now: Int64) -> MetricSnapshot {
        var task = self
        var snapshot = MetricSnapshot()
        snapshot.add(StreamsMetric.processTotal, processed + processedInternal)
        snapshot.add(StreamsMetric.processRate, task.recordTime.rate(at: now))
        snapshot.add(StreamsMetric.processLatencyAvg, task.recordTime.mean(at: now))
        snapshot.add(StreamsMetric.processLatencyMax, task.recordTime.most(at: now))
        snapshot.add(StreamsMetric.processRatio, task.turnTime.sumRate(at: now) / 1000)
        snapshot.add(StreamsMetric.processRecordsAvg, task.recordsPerTurn.mean(at: now))
        snapshot.add(StreamsMetric.processRecordsMax, task.recordsPerTurn.most(at: now))
        snapshot.add(StreamsMetric.commitTotal, commits)
        snapshot.add(StreamsMetric.commitRate, task.commitTime.rate(at: now))
        snapshot.add(StreamsMetric.commitLatencyAvg, task.commitTime.mean(at: now))
        snapshot.add(StreamsMetric.commitLatencyMax, task.commitTime.most(at: now))
        snapshot.add(StreamsMetric.commitRatio, task.commitTime.sumRate(at: now) / 1000)
        snapshot.add(StreamsMetric.pollTotal, polls)
        snapshot.add(StreamsMetric.pollRate, task.pollTime.rate(at: now))
        snapshot.add(StreamsMetric.pollLatencyAvg, task.pollTime.mean(at: now))
        snapshot.add(StreamsMetric.pollLatencyMax, task.pollTime.most(at: now))
        snapshot.add(StreamsMetric.pollRatio, task.pollTime.sumRate(at: now) / 1000)
        snapshot.add(StreamsMetric.punctuateTotal, punctuations)
        snapshot.add(StreamsMetric.punctuateRate, task.punctuateTime.rate(at: now))
        snapshot.add(StreamsMetric.punctuateLatencyAvg, task.punctuateTime.mean(at: now))
        snapshot.add(StreamsMetric.punctuateLatencyMax, task.punctuateTime.most(at: now))
        snapshot.add(StreamsMetric.punctuateRatio, task.punctuateTime.sumRate(at: now) / 1000)
        let reasons = [
            (DropReason.late, dropped.late), (.null, dropped.null), (.badTime, dropped.badTime), (.other, dropped.other),
        ]
        for (reason, count) in reasons { snapshot.add(StreamsMetric.droppedTotal, count, [MetricTag("reason", reason.rawValue)]) }
        snapshot.add(StreamsMetric.droppedRate, task.droppedRate.rate(at: now))
        snapshot.add(StreamsMetric.badTotal, bad)
        snapshot.add(StreamsMetric.streamTime, streamTime >= 0 ? streamTime : nil)
        return snapshot
    }
}

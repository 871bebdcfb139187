import MillraceHTTP
import MillraceJSON
import KafkaProtocol
import MillraceMetrics

/// What an application does at a moment, as the page plots it.
struct LiveSample: Sendable, Equatable {
    /// When, in milliseconds since the epoch.
    var time: Int64
    /// Records a second processed of the topics read, of the topology's own topics, and written to topics of others.
    var processed: Double
    var processedInternal: Double
    var written: Double
    /// Age of event time when records leave sinks, in milliseconds: the median and the 99th percentile; nil without records.
    var latencyMedian: Double?
    var latencyTail: Double?
    /// Records known to be still to come.
    var lag: Int64
    /// Records a second left out or set aside.
    var lost: Double

    /// The numbers in this order, rounded, as the page takes them.
    var json: JSONValue {
        func rounded(_ value: Double) -> JSONValue { .number((value * 10).rounded() / 10) }
        return [
            .integer(time), rounded(processed), rounded(processedInternal), rounded(written),
            latencyMedian.map(rounded) ?? .null, latencyTail.map(rounded) ?? .null, .integer(lag), rounded(lost),
        ]
    }

    static let fields: JSONValue = [
        "time", "processed", "processedInternal", "written", "latencyMedian", "latencyTail", "lag", "lost",
    ]
}

/// Makes samples of counters: rates are the differences of two looks. Without I/O.
struct LiveSampler {
    private struct Counts {
        var processed: Int64 = 0
        var processedInternal: Int64 = 0
        var written: Int64 = 0
        var lost: Int64 = 0
    }

    private var last: [TaskID: Counts] = [:]
    private var lastLatency = DistributionMeter()
    private var lastTime: Int64?

    /// The sample of now. `now` is on the clock by which the figures were measured; `time` the wall clock's.
    mutating func sample(
        _ tasks: [TaskID: TaskFigures], isSink: (String) -> Bool, now: Int64, time: Int64
    ) -> LiveSample {
        var sum = Counts()
        var latency = DistributionMeter()
        var counts: [TaskID: Counts] = [:]
        for (id, task) in tasks {
            let sinks = task.outputs.filter { isSink($0.key) }
            for sink in sinks.values { latency.add(sink.latency, at: now) }
            let count = Counts(
                processed: task.processed, processedInternal: task.processedInternal,
                written: sinks.values.reduce(0) { $0 + $1.records }, lost: task.dropped.total + task.bad)
            counts[id] = count
            // A task that has begun anew counts from zero.
            var before = last[id] ?? Counts()
            if before.processed > count.processed || before.processedInternal > count.processedInternal { before = Counts() }
            sum.processed += count.processed - before.processed
            sum.processedInternal += count.processedInternal - before.processedInternal
            sum.written += max(0, count.written - before.written)
            sum.lost += max(0, count.lost - before.lost)
        }
        let seconds = max(0.001, Double(now - (lastTime ?? now - 1000)) / 1000)
        let quantiles = latency.distribution(since: lastLatency)
        (last, lastTime, lastLatency) = (counts, now, latency)
        return LiveSample(
            time: time, processed: Double(sum.processed) / seconds,
            processedInternal: Double(sum.processedInternal) / seconds, written: Double(sum.written) / seconds,
            latencyMedian: quantiles.value(at: 0.5), latencyTail: quantiles.value(at: 0.99),
            lag: tasks.values.reduce(0) { $0.saturatingAdd($1.lag) }, lost: Double(sum.lost) / seconds)
    }
}

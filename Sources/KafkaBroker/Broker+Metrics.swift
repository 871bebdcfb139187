internal import KafkaProtocol
public import MillraceMetrics

extension Broker {
    /// What the broker has counted since its start, and what it has, as of now: requests by API, bytes, partitions, groups. From any thread;
    /// some times a second at most.
    public var metrics: MetricSnapshot {
        let figures = meter.current
        let now = clock.monotonic()
        var snapshot = MetricSnapshot()
        for (api, requests) in figures.requests.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            var time = requests.time
            let tags = [MetricTag("request", "\(api)")]
            snapshot.add(BrokerMetric.requests, requests.count, tags)
            snapshot.add(BrokerMetric.requestTime, time.distribution(at: now), tags)
        }
        snapshot.add(BrokerMetric.bytesIn, figures.bytesIn)
        snapshot.add(BrokerMetric.bytesOut, figures.bytesOut)
        let all = topics.all
        snapshot.add(BrokerMetric.topics, all.count)
        snapshot.add(BrokerMetric.partitions, all.reduce(0) { $0 + $1.logs.count })
        for log in all.flatMap(\.logs) {
            let partition = log.topicPartition
            let tags = [MetricTag("topic", partition.topic), MetricTag("partition", "\(partition.partition)")]
            snapshot.add(BrokerMetric.logSize, log.sizeInBytes, tags)
            snapshot.add(BrokerMetric.logStart, log.logStartOffset, tags)
            snapshot.add(BrokerMetric.logEnd, log.highWatermark, tags)
        }
        snapshot.add(BrokerMetric.groups, groups.all.count)
        return snapshot
    }
}

/// The metrics of a broker. Groups and names follow Kafka's (`kafka.server`, `kafka.network`, `kafka.log`).
enum BrokerMetric {
    static let requests = MetricDescriptor(
        .counter, "network-request-metrics", "requests-total", "Requests answered, by API, in this process too.")
    static let requestTime = MetricDescriptor(
        .distribution, "network-request-metrics", "total-time-ms",
        "Quantiles of the time to answer a request, waits included, in milliseconds.")
    static let bytesIn = MetricDescriptor(.counter, "server-broker-topic-metrics", "bytes-in-total", "Bytes of requests that came over the network.")
    static let bytesOut = MetricDescriptor(.counter, "server-broker-topic-metrics", "bytes-out-total", "Bytes of answers that went over the network.")
    static let topics = MetricDescriptor(.gauge, "controller-metrics", "global-topic-count", "Topics, internal ones included.")
    static let partitions = MetricDescriptor(.gauge, "server-replica-manager", "partition-count", "Partitions, those of internal topics included.")
    static let logSize = MetricDescriptor(.gauge, "log", "size", "Bytes of a partition's segments.")
    static let logStart = MetricDescriptor(.gauge, "log", "log-start-offset", "First offset of a partition.")
    static let logEnd = MetricDescriptor(.gauge, "log", "log-end-offset", "Offset after the last record of a partition.")
    static let groups = MetricDescriptor(.gauge, "group-coordinator-metrics", "group-count", "Consumer groups that are known, empty ones included.")
}

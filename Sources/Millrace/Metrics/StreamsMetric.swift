import MillraceMetrics

/// The metrics of an application. Groups and names are Kafka Streams' where it has the same; as there are no stream threads, what
/// Kafka tells of a thread is told of a task.
enum StreamsMetric {
    private static func counter(_ group: String, _ name: String, _ summary: String) -> MetricDescriptor {
        MetricDescriptor(.counter, group, name, summary)
    }

    private static func gauge(_ group: String, _ name: String, _ summary: String) -> MetricDescriptor {
        MetricDescriptor(.gauge, group, name, summary)
    }

    // MARK: - The application

    static let state = gauge("stream-metrics", "state", "1 for the state that the application is in, 0 for the others.")
    static let taskCreated = counter("stream-metrics", "task-created-total", "Lives of tasks that have begun to process.")
    static let taskClosed = counter("stream-metrics", "task-closed-total", "Lives of tasks that have ended.")
    static let taskFailed = counter("stream-metrics", "failed-tasks-total", "Tasks that have failed for good while others went on.")
    static let tasks = gauge("stream-metrics", "active-tasks", "Tasks that the group has given this instance.")
    static let standbys = gauge("stream-metrics", "standby-tasks", "Tasks of others whose changelogs this instance follows.")
    static let warnings = counter("stream-metrics", "warnings-total", "Warnings told.")

    // MARK: - Tasks

    private static let task = "stream-task-metrics"
    static let processTotal = counter(task, "process-total", "Records processed.")
    static let processRate = gauge(task, "process-rate", "Records processed a second.")
    static let processLatencyAvg = gauge(task, "process-latency-avg", "Mean time to process a record, in milliseconds.")
    static let processLatencyMax = gauge(
        task, "process-latency-max", "Longest mean time to process a record within one turn, in milliseconds.")
    static let processRatio = gauge(task, "process-ratio", "Part of the time spent processing records.")
    static let processRecordsAvg = gauge(task, "process-records-avg", "Mean number of records processed in a turn.")
    static let processRecordsMax = gauge(task, "process-records-max", "Largest number of records processed in a turn.")
    static let commitTotal = counter(task, "commit-total", "Commits.")
    static let commitRate = gauge(task, "commit-rate", "Commits a second.")
    static let commitLatencyAvg = gauge(task, "commit-latency-avg", "Mean time of a commit, in milliseconds.")
    static let commitLatencyMax = gauge(task, "commit-latency-max", "Longest time of a commit, in milliseconds.")
    static let commitRatio = gauge(task, "commit-ratio", "Part of the time spent in commits.")
    static let pollTotal = counter(task, "poll-total", "Turns that looked for input.")
    static let pollRate = gauge(task, "poll-rate", "Turns a second that looked for input.")
    static let pollLatencyAvg = gauge(task, "poll-latency-avg", "Mean time to take input over, in milliseconds.")
    static let pollLatencyMax = gauge(task, "poll-latency-max", "Longest time to take input over, in milliseconds.")
    static let pollRatio = gauge(task, "poll-ratio", "Part of the time spent taking input over.")
    static let punctuateTotal = counter(task, "punctuate-total", "Turns in which schedules by the wall clock were called.")
    static let punctuateRate = gauge(task, "punctuate-rate", "Turns a second in which schedules by the wall clock were called.")
    static let punctuateLatencyAvg = gauge(task, "punctuate-latency-avg", "Mean time of such calls, in milliseconds.")
    static let punctuateLatencyMax = gauge(task, "punctuate-latency-max", "Longest time of such calls, in milliseconds.")
    static let punctuateRatio = gauge(task, "punctuate-ratio", "Part of the time spent in such calls.")
    static let droppedTotal = counter(task, "dropped-records-total", "Records that steps left out, by reason.")
    static let droppedRate = gauge(task, "dropped-records-rate", "Records a second that steps left out.")
    static let badTotal = counter(
        task, "failed-records-total", "Records left out or sent to a dead-letter topic by the policy for failures.")
    static let streamTime = gauge(task, "stream-time", "Largest event time processed, in milliseconds since the epoch.")
    static let taskRestoreTotal = counter(task, "restore-total", "Records of changelogs put back into stores.")
    static let taskRestoreRemaining = gauge(
        task, "restore-remaining-records-total", "Records of changelogs about still to be put back.")

    // MARK: - Topics, steps and stores

    private static let topic = "stream-topic-metrics"
    static let consumedRecords = counter(topic, "records-consumed-total", "Records processed of a topic.")
    static let consumedBytes = counter(topic, "bytes-consumed-total", "Bytes of batches taken over of a topic.")
    static let producedRecords = counter(topic, "records-produced-total", "Records written to a topic.")
    static let producedBytes = counter(topic, "bytes-produced-total", "Bytes of batches written to a topic, before compression.")

    private static let node = "stream-processor-node-metrics"
    static let nodeProcessTotal = counter(node, "process-total", "Records that a source or sink has handled.")
    static let nodeProcessRate = gauge(node, "process-rate", "Records a second that a source or sink has handled.")
    static let latencyAvg = gauge(
        node, "record-e2e-latency-avg",
        "Mean age of event time when records are processed at a source, or leave a sink, in milliseconds; measured once a turn.")
    static let latencyMin = gauge(node, "record-e2e-latency-min", "Least such age, in milliseconds.")
    static let latencyMax = gauge(node, "record-e2e-latency-max", "Largest such age, in milliseconds.")
    static let latency = MetricDescriptor(
        .distribution, node, "record-e2e-latency", "Quantiles of such ages of the last minute, in milliseconds.")

    static let callsInFlight = gauge(
        node, "async-records-in-flight", "Records in an asynchronous step: with a call that runs or is to be made, or behind such.")
    static let callTotal = counter(node, "async-call-total", "Calls of an asynchronous step that have ended.")
    static let callRetries = counter(node, "async-retry-total", "Calls of an asynchronous step made again for a record.")
    static let callFailures = counter(
        node, "async-failed-records-total", "Records of an asynchronous step all of whose attempts have failed.")
    static let callLatencyAvg = gauge(node, "async-call-latency-avg", "Mean time of a call of an asynchronous step, in milliseconds.")
    static let callLatencyMax = gauge(
        node, "async-call-latency-max", "Longest mean time of the calls that have ended by one turn, in milliseconds.")

    private static let store = "stream-state-metrics"
    static let changelogRecords = counter(store, "flush-records-total", "Changed rows that a store has written to its changelog.")
    static let changelogRate = gauge(store, "flush-records-rate", "Changed rows a second that a store has written to its changelog.")
    static let numKeys = gauge(
        store, "num-keys", "About how many rows a store in memory has, of sessions and versions keys, as of the last commit.")
    static let estimateNumKeys = gauge(store, "estimate-num-keys", "About how many rows a store on RocksDB has, as of the last commit.")
    static let memoryBytes = gauge(
        store, "memory-bytes", "Bytes that rows of a store take in memory with their index, without what values refer to.")
    static let restoreTotal = counter(store, "restore-total", "Records of the changelog put back into a store.")
    static let restoreRemaining = gauge(
        store, "restore-remaining-records-total", "Records of the changelog about still to be put back into a store.")

    private static let cache = "stream-record-cache-metrics"
    static let hitRatioAvg = gauge(
        cache, "hit-ratio-avg", "Part of the updates of rows of which one was held back already, so that both go on as one.")
    static let hitRatioMin = gauge(cache, "hit-ratio-min", "Smallest such part between two commits.")
    static let hitRatioMax = gauge(cache, "hit-ratio-max", "Largest such part between two commits.")

    // MARK: - Clients

    private static let consumer = "consumer-fetch-manager-metrics"
    static let recordsLag = gauge(consumer, "records-lag", "Records of a partition known to be still to come.")
    static let recordsLagMax = gauge(consumer, "records-lag-max", "Largest lag of all partitions, in records.")
    static let consumerRecords = counter(consumer, "records-consumed-total", "Records processed of all topics.")
    static let consumerRate = gauge(consumer, "records-consumed-rate", "Records a second processed of all topics.")
    static let consumerBytes = counter(consumer, "bytes-consumed-total", "Bytes of batches taken over of all topics.")
    static let rebalances = counter("consumer-coordinator-metrics", "rebalance-total", "Assignments that the group has given.")
    static let partitions = gauge("consumer-coordinator-metrics", "assigned-partitions", "Partitions that tasks here read.")

    private static let producer = "producer-metrics"
    static let sendTotal = counter(producer, "record-send-total", "Records sent.")
    static let sendRate = gauge(producer, "record-send-rate", "Records a second sent.")
    static let sendBytes = counter(producer, "outgoing-byte-total", "Bytes of batches sent, before compression.")
    static let batchAvg = gauge(producer, "batch-size-avg", "Mean size of batches, in bytes before compression.")
    static let batchMax = gauge(producer, "batch-size-max", "Largest size of batches, in bytes before compression.")
}

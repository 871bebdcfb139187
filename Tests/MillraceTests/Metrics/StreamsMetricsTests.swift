import Foundation
import KafkaClient
import MillraceMetrics
import Synchronization
import Testing

@testable import Millrace

@Suite struct `Metrics of an application` {
    /// What an application that counts 100 records has measured at its last commit with all of them.
    private static func snapshot() async throws -> MetricSnapshot {
        let seen = Mutex<(application: StreamsApplication?, metrics: MetricSnapshot?)>((nil, nil))
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                try await cluster.produce(Counting.records(100, seed: 3, partitions: 1))
                var configuration = Counting.configuration(.atLeastOnce)
                configuration.observer = { event in
                    guard case .committed(let task, let totals) = event, task.subTopology == 1, totals.processedInternal == 100 else {
                        return
                    }
                    let metrics = seen.withLock { $0.application }?.metrics
                    seen.withLock { $0.metrics = metrics }
                }
                let application = try StreamsApplication(
                    Counting.topology(), configuration: configuration, client: cluster.client)
                seen.withLock { $0.application = application }
                try await application.run()
                seen.withLock { $0.application = nil }
            }
        }
        return try #require(seen.withLock { $0.metrics })
    }

    /// Names are an interface: dashboards and alerts go by them. Write the file anew when one comes or goes on purpose.
    @Test func `their names and tags are those of the golden file`() async throws {
        let metrics = try await Self.snapshot().metrics
        let names = Set(
            metrics.map { metric in
                let descriptor = metric.descriptor
                let tags = metric.tags.map(\.name).joined(separator: ", ")
                return "\(descriptor.group) \(descriptor.name) \(descriptor.kind.rawValue) {\(tags)}"
            }
        ).sorted()
        let file = URL(filePath: "\(#filePath)").deletingLastPathComponent().appending(path: "streams-metrics.txt")
        let golden = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(names == golden, "\(names.joined(separator: "\n"))")
    }

    @Test func `records are counted at sources, stores and sinks`() async throws {
        let metrics = try await Self.snapshot().metrics
        func sum(_ group: String, _ name: String, _ tag: MetricTag? = nil) -> Double {
            metrics.filter { metric in
                metric.descriptor.group == group && metric.descriptor.name == name && (tag.map { metric.tags.contains($0) } ?? true)
            }.reduce(0) { if case .number(let value) = $1.value { $0 + value } else { $0 } }
        }
        #expect(sum("stream-topic-metrics", "records-consumed-total", MetricTag("topic-name", "in")) == 100)
        #expect(sum("stream-topic-metrics", "bytes-consumed-total", MetricTag("topic-name", "in")) > 0)
        #expect(sum("stream-topic-metrics", "records-produced-total") > 0)
        #expect(sum("stream-state-metrics", "flush-records-total") > 0)
        #expect(
            sum("stream-state-metrics", "num-keys") == Double(Counting.expected(Counting.records(100, seed: 3)).count)
                && sum("stream-state-metrics", "memory-bytes") > 17 * 30)
        // Of 100 updates of a few rows most meet one that is held back.
        let hitRatio = sum("stream-record-cache-metrics", "hit-ratio-avg")
        #expect(hitRatio > 0 && hitRatio < 1)
        #expect(sum("consumer-fetch-manager-metrics", "records-lag", MetricTag("topic", "in")) == 0)
        #expect(sum("stream-task-metrics", "commit-total") >= 1)
        #expect(
            sum("producer-metrics", "record-send-total") == sum("stream-topic-metrics", "records-produced-total")
                + sum("stream-state-metrics", "flush-records-total"))
        let latency = metrics.first { $0.descriptor.name == "record-e2e-latency" && $0.tags.contains { $0.value == "KSTREAM-SOURCE-0000000000" } }
        guard case .distribution(let found)? = latency?.value else { return #expect(Bool(false), "no latency") }
        #expect(found.count == 100)
    }
}

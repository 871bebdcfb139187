import KafkaProtocol
import MillraceTesting

@testable import Millrace

/// The same input through a running application, cut into several runs of new instances, and through a test driver.
struct ApplicationComparison: Sendable {
    typealias Input = StreamsCluster.Input

    /// The topics read; `out` is written.
    let topics: [String]
    var partitions: Int32 = 3
    var runs = 3
    var optimization: TopologyOptimization = []
    /// Whether only the last value of each key counts, where the order of updates is left open.
    var comparesTables = false
    /// Adds the steps between.
    let build: @Sendable (StreamsBuilder) -> Void

    func topology() throws -> Topology {
        let builder = StreamsBuilder()
        build(builder)
        return try builder.build(optimization)
    }

    func configuration(_ guarantee: ProcessingGuarantee, log: EventLog? = nil) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", guarantee: guarantee, commitInterval: .milliseconds(20), cacheBytes: 0,
            exitsWhenIdle: true, sessionTimeout: .seconds(60), cancellationLimit: .zero, observer: { log?.note($0) })
    }

    /// Records of random keys in all topics, their times going up, then one for each partition that is much later: with
    /// it everything that waits leaves.
    func inputs(
        _ count: Int, seed: UInt64, keys: Int = 7, nulls: Bool = false, disorder: Int64 = 0,
        value: (_ topic: String, _ number: Int, _ random: inout SeededRandom) -> String = { topic, number, _ in "\(topic)\(number)" }
    ) -> [Input] {
        var random = SeededRandom(seed: seed)
        var inputs = (0..<count).map { number -> Input in
            let topic = topics.randomElement(using: &random) ?? "in"
            let key = "\(topic.first ?? "k")\(Int.random(in: 0..<keys, using: &random))".dropFirst()
            let isNull = nulls && Int.random(in: 0..<6, using: &random) == 0
            let late = disorder == 0 ? 0 : Int64.random(in: 0...disorder, using: &random)
            return Input(
                topic: topic, key: Bytes(utf8: "k\(key)"),
                value: isNull ? nil : Bytes(utf8: value(topic, number, &random)),
                time: max(0, Int64(number) * 3 - late))
        }
        for topic in topics {
            for partition in 0..<partitions {
                inputs.append(
                    Input(
                        topic: topic, partition: partition, key: Bytes(utf8: "end\(partition)\(topic)"),
                        value: Bytes(utf8: value(topic, count, &random)), time: 1_000_000))
            }
        }
        return inputs
    }

    /// What a test driver gives.
    func expected(_ inputs: [Input]) throws -> [String] {
        let driver = try TopologyTestDriver(topology())
        for input in inputs {
            try driver.pipe(input.topic, key: input.key, value: input.value, timestamp: input.time)
        }
        return texts(driver.read("out").map { ($0.key, $0.value, $0.timestamp) })
    }

    func createTopics(_ cluster: StreamsCluster) async throws {
        var counts = Dictionary(uniqueKeysWithValues: topics.map { ($0, partitions) })
        counts["out"] = partitions
        try await cluster.createTopics(counts)
    }

    func results(_ cluster: StreamsCluster) async throws -> [String] {
        texts(try await cluster.read("out").map { ($0.key, $0.value, $0.time) })
    }

    /// What an application gives whose instances end and are followed by new ones.
    func results(_ guarantee: ProcessingGuarantee, _ inputs: [Input]) async throws -> [String] {
        let size = (inputs.count + runs - 1) / runs
        return try await StreamsCluster.run { cluster in
            try await createTopics(cluster)
            for start in stride(from: 0, to: inputs.count, by: size) {
                try await cluster.produce(Array(inputs[start..<min(start + size, inputs.count)]))
                try await cluster.run(topology(), configuration(guarantee))
            }
            return try await results(cluster)
        } ?? []
    }

    private func texts(_ records: [(key: Bytes?, value: Bytes?, time: Int64)]) -> [String] {
        let texts = records.map { ($0.key?.string ?? "null", $0.value?.string, $0.time) }
            .filter { !$0.0.hasPrefix("end") }
        guard comparesTables else { return texts.map { "\($0)=\($1 ?? "null")@\($2)" }.sorted() }
        let table = texts.reduce(into: [:]) { $0[$1.0] = $1.1 as String? }
        return table.map { "\($0)=\($1)" }.sorted()
    }
}

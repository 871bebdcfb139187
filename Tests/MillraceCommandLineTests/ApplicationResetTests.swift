import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol
import Millrace
import Testing

@testable import MillraceCommandLine

/// What Kafka's own tests ask of `kafka-streams-application-reset`, with an application that reads `in` and `more`, writes and
/// reads `between`, and counts.
@Suite struct ApplicationResetTests {
    private let processor = ProcessorCommand([
        TopologyDefinition("app", "Counts.") { _ in
            let builder = StreamsBuilder()
            builder.stream("in", key: .string, value: .string).to("between")
            builder.stream("more", key: .string, value: .string).to("out")
            builder.stream("between", key: .string, value: .string).groupBy { _, value in value }.count(Materialized(as: "counts"))
                .to("out")
            return try builder.build()
        }
    ])

    private static let own = ["app-counts-changelog", "app-counts-repartition"]

    /// Runs `body` with a directory in which the application has read 6 of 10 records of each topic, at times from 1,000 on.
    private func withApplication(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "reset-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await withAdmin(directory) { admin in
            let topics = ["in", "more", "between", "out", "app-counts-store-changelog-not"] + Self.own
            try await admin.createTopics(topics.map { NewTopic($0, partitions: 1) })
            for topic in ["in", "more", "between"] {
                let batch = RecordBatchBuilder(capacity: 1024)
                for number in 0..<10 as Range<Int64> {
                    batch.append(timestamp: 1000 + number * 1000, key: nil, value: Bytes(utf8: "\(number)"))
                }
                let data = ProduceRequest.TopicProduceData(
                    name: topic, partitionData: [.init(index: 0, records: try batch.finish())])
                let answer = try await admin.client.send(ProduceRequest(acks: 1, timeoutMs: 1000, topicData: [data]), to: nil)
                #expect(answer.responses.first?.partitionResponses.first?.errorCode == 0)
            }
            let read = ["in", "more", "between", "app-counts-repartition"].map { TopicPartition($0, 0) }
            try await admin.alterOffsets(
                of: "app", Dictionary(uniqueKeysWithValues: read.map { ($0, OffsetAndMetadata(offset: $0.topic == read[3].topic ? 0 : 6)) }))
        }
        try await body(directory)
    }

    private func withAdmin<R: Sendable>(
        _ directory: String, _ body: @escaping @Sendable (AdminClient) async throws -> R
    ) async throws -> R {
        try await BrokerConnector(console: Console(level: .error, isTerminal: false) { _ in })
            .withClient(of: .embedded(directory: directory), clientID: "test") { try await body(AdminClient(client: $0)) }
    }

    private func reset(_ directory: String, _ options: String...) async throws -> ProgramRun {
        try await ProgramRun(processor.command, ["reset", "--broker", "embedded:\(directory)"] + options)
    }

    /// The committed offsets and the topics.
    private func left(_ directory: String) async throws -> (offsets: [String: Int64], topics: [String]) {
        try await withAdmin(directory) { admin in
            let committed = try await admin.committedOffsets(of: "app")
            return (
                Dictionary(uniqueKeysWithValues: committed.map { ($0.key.topic, $0.value.offset) }), try await admin.listTopics()
            )
        }
    }

    @Test func `input topics go to their beginning, intermediate ones to their end, internal ones go`() async throws {
        try await withApplication { directory in
            let before = try await left(directory)
            let shown = try await reset(directory, "app")
            #expect(shown.code == 0 && shown.output.contains("delete topic"))
            let same = try await left(directory)
            #expect(same.offsets == before.offsets && same.topics == before.topics)
            #expect(try await reset(directory, "app", "--execute").code == 0)
            let after = try await left(directory)
            #expect(after.offsets == ["in": 0, "more": 0, "between": 10])
            #expect(Set(after.topics) == Set(before.topics).subtracting(Self.own))
        }
    }

    @Test(
        arguments: [
            (["--to-latest"], 10), (["--to-offset", "3"], 3), (["--to-offset", "300"], 10), (["--shift-by", "2"], 8),
            (["--shift-by", "-2"], 4), (["--shift-by", "-20"], 0), (["--to-datetime", "1970-01-01T00:00:03.500Z"], 3),
            (["--to-datetime", "2024-01-01"], 10), (["--by-duration", "10s"], 10), (["--to-earliest"], 0),
        ] as [([String], Int64)])
    func `input topics go where they are told to`(options: [String], offset: Int64) async throws {
        try await withApplication { directory in
            let run = try await ProgramRun(
                processor.command, ["reset", "app", "--execute", "--broker", "embedded:\(directory)"] + options)
            #expect(run.code == 0, "\(run.messages)")
            #expect(try await left(directory).offsets == ["in": offset, "more": offset, "between": 10])
        }
    }

    @Test func `a file moves what it names`() async throws {
        try await withApplication { directory in
            let file = "\(directory)/offsets.csv"
            try "in,0,2\nunknown,0,7\n".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await reset(directory, "app", "--from-file", file, "--execute").code == 0)
            #expect(try await left(directory).offsets == ["in": 2, "more": 6, "between": 10])
        }
    }

    @Test func `of topics that are named the others stay as they are`() async throws {
        try await withApplication { directory in
            let run = try await reset(
                directory, "app", "--input-topic", "in", "--internal-topic", "app-counts-changelog", "--execute")
            #expect(run.code == 0, "\(run.messages)")
            let after = try await left(directory)
            #expect(after.offsets == ["in": 0, "more": 6, "between": 10, "app-counts-repartition": 0])
            #expect(after.topics.contains("app-counts-repartition") && !after.topics.contains("app-counts-changelog"))
        }
    }

    @Test func `an input topic that is called like one of the application's own is not deleted`() async throws {
        try await withApplication { directory in
            let run = try await reset(
                directory, "--application-id", "app", "--input-topic", "in,app-counts-repartition", "--execute")
            #expect(run.code == 0, "\(run.messages)")
            let after = try await left(directory)
            #expect(after.topics.contains("app-counts-repartition") && !after.topics.contains("app-counts-changelog"))
            #expect(after.offsets == ["in": 0, "more": 6, "between": 6, "app-counts-repartition": 0])
        }
    }

    @Test func `an id alone is enough, with intermediate topics by name`() async throws {
        try await withApplication { directory in
            let run = try await reset(directory, "--application-id", "app", "--intermediate-topic", "between", "--execute")
            #expect(run.code == 0, "\(run.messages)")
            let after = try await left(directory)
            #expect(after.offsets == ["in": 0, "more": 0, "between": 10])
            #expect(after.topics.contains("app-counts-store-changelog-not") && !after.topics.contains("app-counts-changelog"))
        }
    }

    @Test(
        arguments: [
            (["--input-topic", "none"], 1, "none"), (["--intermediate-topic", "none"], 1, "none"),
            (["--internal-topic", "in"], 64, "in"), (["--to-latest", "--to-earliest"], 64, "--to-earliest"),
            (["--from-file", "/no/such"], 1, "/no/such"),
        ] as [([String], Int32, String)])
    func `what is not there is named, and nothing is done`(options: [String], code: Int32, named: String) async throws {
        try await withApplication { directory in
            let before = try await left(directory)
            let run = try await ProgramRun(
                processor.command, ["reset", "app", "--execute", "--broker", "embedded:\(directory)"] + options)
            #expect(run.code == code && run.messages.contains(named), "\(run.code) \(run.messages)")
            let after = try await left(directory)
            #expect(after.offsets == before.offsets && after.topics == before.topics)
        }
    }

    @Test func `who names no application is told so`() async throws {
        #expect(try await ProgramRun(processor.command, ["reset", "--broker", "embedded:/none"]).code == 64)
    }
}

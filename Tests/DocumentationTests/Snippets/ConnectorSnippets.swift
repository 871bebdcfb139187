import Connectors
import KafkaClient
import KafkaProtocol

// What the article on connectors shows, so that it compiles.

func fromAFile(_ client: KafkaClient) async throws {
    let source = SourceConnector(
        "access-log", from: FileSource("/var/log/access.log", format: .lines, follows: true), to: "access-log")
    try await source.run(client)
}

func intoFiles(_ client: KafkaClient) async throws {
    let archive = SinkConnector("archive", from: ["sales"], to: FileSink(directory: "archive", suffix: ".jsonl"))
    try await archive.run(client)
}

struct Numbers: RecordSource {
    var number: Int64 = 0

    mutating func start(after position: Bytes?) async throws { number = position.flatMap { Int64($0.string) } ?? 0 }

    mutating func next() async throws -> SourceBatch? {
        number += 1
        let text = Bytes(utf8: "\(number)")
        return SourceBatch(records: [SourceRecord(value: text)], position: text)
    }
}

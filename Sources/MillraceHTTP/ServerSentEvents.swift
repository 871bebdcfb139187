public import MillraceJSON
import KafkaProtocol

extension HTTPResponse {
    /// Server-sent events: each value of `events` as an event with JSON data, until they end or the client goes.
    ///
    /// A comment goes out after each silence of `heartbeat`, so that both sides see that the connection is alive. A client that
    /// does not read makes the reading of `events` wait, which must therefore be bounded.
    public static func events(
        _ events: AsyncStream<(name: String, data: JSONValue)>, heartbeat: Duration = .seconds(10)
    ) -> HTTPResponse {
        HTTPResponse(
            headers: [HTTPField("Content-Type", "text/event-stream")],
            content: .stream { writer in
                try await writer.write(Bytes(utf8: ": begins\n\n"))
                try await merged(events, heartbeat, writer)
            })
    }

    private static func merged(
        _ events: AsyncStream<(name: String, data: JSONValue)>, _ heartbeat: Duration, _ writer: HTTPBodyWriter
    ) async throws {
        // One writes, and two tell it what.
        let (pieces, sink) = AsyncStream.makeStream(of: Bytes.self, bufferingPolicy: .bufferingNewest(256))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events { sink.yield(piece(event.name, event.data)) }
                sink.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    sink.yield(Bytes(utf8: ":\n\n"))
                }
            }
            for await piece in pieces { try await writer.write(piece) }
            group.cancelAll()
        }
    }

    private static func piece(_ name: String, _ data: JSONValue) -> Bytes {
        var writer = ByteWriter(capacity: 256)
        writer.write(utf8: "event: \(name)\ndata: ")
        data.write(into: &writer)
        writer.write(utf8: "\n\n")
        return writer.finish()
    }
}

import MillraceHTTP
import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import Connectors

/// A service that takes records.
@Suite struct HTTPSinkTests {
    let partition = TopicPartition(topic: "orders", partition: 1)

    func records(_ offsets: Range<Int64>) -> [SinkRecord] {
        offsets.map { SinkRecord(offset: $0, timestamp: 0, key: nil, value: Bytes(utf8: "{\"n\":\($0)}")) }
    }

    /// What the service got, `FIRST-LAST body` each, while it answered with these statuses, then with 200.
    func requests(
        answering statuses: [Int], _ body: (inout HTTPSink) async throws -> Void
    ) async throws -> (requests: [String], pauses: [Duration]) {
        let got = Mutex<[String]>([])
        let left = Mutex(statuses)
        let route = HTTPRoute("POST", "/in", "Takes records.") { request in
            got.withLock {
                $0.append("\(request.header("kafka-first-offset") ?? "")-\(request.header("kafka-last-offset") ?? "") \(request.body.string)")
            }
            #expect(request.header("kafka-topic") == "orders" && request.header("kafka-partition") == "1")
            #expect(request.header("content-type") == "application/x-ndjson")
            return .text("so so", status: left.withLock { $0.isEmpty ? 200 : $0.removeFirst() })
        }
        let server = try HTTPServer(
            HTTPRouter([route]), configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
        async let running: Void = server.run()
        let pauses = Mutex<[Duration]>([])
        var sink = HTTPSink(
            server.address, target: "/in", batchRecords: 2, patience: .milliseconds(300),
            client: HTTPClient(timeout: .seconds(300)))
        sink.sleep = { pause in pauses.withLock { $0.append(pause) } }
        let result: Result<Void, any Error>
        do { result = .success(try await body(&sink)) } catch { result = .failure(error) }
        server.stop()
        await running
        try result.get()
        return (got.withLock { $0 }, pauses.withLock { $0 })
    }

    @Test func `records go in batches, and what passes is waited out`() async throws {
        let (requests, pauses) = try await requests(answering: [200, 503, 429]) { sink in
            let own = try await sink.open(partition)
            let safe = try await sink.write(records(5..<8), of: partition)
            let none = try await sink.write([], of: partition)
            #expect(own == nil && safe == 8 && none == nil)
        }
        let (first, second) = ("5-6 {\"n\":5}\n{\"n\":6}\n", "7-7 {\"n\":7}\n")
        #expect(requests == [first, second, second, second])
        #expect(pauses == [.milliseconds(100), .milliseconds(200)])
    }

    @Test func `a refusal ends the sink at once, and trouble when its patience is over`() async throws {
        let (refused, _) = try await requests(answering: [400]) { sink in
            let fault = await #expect(throws: HTTPSinkFault.self) { try await sink.write(records(0..<1), of: partition) }
            #expect(fault?.description.contains("400 so so") == true)
        }
        #expect(refused.count == 1)
        let (repeated, pauses) = try await requests(answering: [500, 500, 500, 500]) { sink in
            let fault = await #expect(throws: HTTPSinkFault.self) { try await sink.write(records(0..<1), of: partition) }
            #expect(fault?.description.contains("0.3 seconds: the answer is 500") == true)
        }
        #expect(repeated.count == 3 && pauses.count == 2)
    }

    @Test func `a service that is not there is waited for and then named`() async throws {
        var sink = HTTPSink(NetworkAddress(host: "127.0.0.1", port: 1), target: "/in", patience: .milliseconds(100))
        sink.sleep = { _ in }
        let fault = await #expect(throws: HTTPSinkFault.self) { try await sink.write(records(0..<1), of: partition) }
        #expect(fault?.description.contains("127.0.0.1:1/in has not taken") == true)
    }
}

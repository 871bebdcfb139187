import Foundation
import KafkaBroker
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import MillraceCommandLine

/// Settings of files and of `-o` each of which is, in turn, at the ends of its range and at those of its neighbours': it is
/// refused by name, or a broker works with it.
@Suite(.timeLimit(.minutes(5))) struct PropertyBoundaryTests {
    private static let values =
        Int64.boundaryValues.map { "\($0)" } + ["9223372036854775808", "-9223372036854775809", "1e3", "1.0", "٣", "", "0x10"]

    @Test(arguments: BrokerProperties.names) func `a broker works with a setting, or refuses it by name`(_ name: String) async throws {
        for value in Self.values {
            var properties = BrokerProperties()
            do {
                try properties.set(name, to: value)
            } catch {
                #expect("\(error)".hasPrefix("\(name): ") && error is ValueError, "\(error)")
                continue
            }
            // Words and paths are taken as they are and looked at later.
            guard Int64(value) != nil, let server = try? properties.serverConfiguration() else { continue }
            try await use(properties.broker, server)
        }
    }

    /// Serves a broker, works with it, and ends it.
    private func use(_ configuration: BrokerConfiguration, _ settings: ServerConfiguration) async throws {
        let memory = URL(filePath: "/dev/shm")
        let parent = FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        let directory = parent.appending(path: "millrace-properties-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let broker = try Broker.open(directory: directory.path, configuration: configuration)
        let server = try BrokerServer(
            broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 0), configuration: settings)
        async let running: Void = broker.run()
        async let serving: Void = server.run()
        let client = KafkaClient(transport: broker.transport(clientID: "in"), clientID: "in")
        _ = try? await AdminClient(client: client).createTopics([NewTopic("t", partitions: 1)])
        let producer = Producer(client: client, configuration: ProducerConfiguration(deliveryTimeout: .seconds(60)))
        async let sending: Void = producer.run()
        // A setting may forbid it.
        _ = try? await producer.send(ProducerRecord(topic: "t", partition: 0, value: Bytes(utf8: "v")))
        await producer.close()
        await sending
        // A server that takes next to nothing closes the connection.
        _ = try? await withKafkaClient(
            bootstrap: [server.address], configuration: TCPConfiguration(connectTimeout: .seconds(60), requestTimeout: .seconds(60)),
            retryPolicy: RetryPolicy(timeout: .zero)
        ) { client in try await AdminClient(client: client).listTopics() }
        server.stop()
        await serving
        await broker.close()
        try await running
    }

    @Test func `time-outs of clients are taken, or refused with their line`() throws {
        for name in ClientProperties.timeKeys {
            for value in Self.values {
                do {
                    let tcp = try ClientProperties(parsing: "\n\(name)=\(value)").tcp
                    let times = [tcp.requestTimeout, tcp.connectTimeout, tcp.idleTimeout, tcp.reconnectBackoff, tcp.maximumReconnectBackoff]
                    #expect(times.allSatisfy { $0 > .zero } && Int64(value) != nil)
                } catch {
                    #expect("\(error)".hasPrefix("line 2: \(name)"), "\(error)")
                }
            }
        }
    }
}

internal import KafkaClient
internal import Millrace

/// Where `processor` meets the engine: all of its calls into Millrace's runtime.
enum ProcessorRuntime {
    struct Options: Sendable {
        var applicationID: String
        var exitsWhenIdle: Bool
        var isExactlyOnce: Bool
    }

    /// The text of the topology, as Kafka Streams writes it.
    static func describe(_ topology: Topology) -> String {
        "\(topology)"
    }

    /// Runs the topology until it is idle, if asked to, or stopped; commits and closes before it returns.
    static func run(_ topology: Topology, _ options: Options, client: KafkaClient, invocation: Invocation) async throws {
        throw CommandFailure("running topologies comes with a later release")
    }
}

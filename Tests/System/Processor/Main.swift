import Foundation
import Millrace
import MillraceCommandLine
import TakeOverTopology

/// A `processor` with topologies that the system tests need and nobody else.
@main struct Main {
    static func main() async {
        await ProcessorCommand(
            [
                TopologyDefinition(
                    "sleepy", "Copies in to out, slowly: values such as block:15000 take so many milliseconds, others `delay`.",
                    settings: [TopologySetting("delay", "How long a record takes.", kind: .duration, default: "0ms")]
                ) { settings in try sleepy(delay: settings.duration("delay") ?? .zero) },
                TopologyDefinition("counts", "Counts the values of in, each update to out.") { _ in try counts() },
                TopologyDefinition("totals", "Counts the records of each key of in, where they are, each update to out.") { _ in
                    try totals()
                },
                TopologyDefinition(
                    "running", "Sum, least, largest and number of the values of each key of in, each update to out."
                ) { _ in try running() },
                TopologyDefinition("smoke", "Figures of the values of each key of in, and of its windows of two seconds.") { _ in
                    try Smoke.topology()
                },
                TopologyDefinition(
                    "registry", "Sums of orders in Avro, and notes in JSON Schema.",
                    settings: [TopologySetting("registry", "The schema registry's address.", default: "http://127.0.0.1:8081")]
                ) { settings in try Registry.topology(url: settings["registry"] ?? "") },
                TopologyDefinition("takeover", "The application of Tests/TakeOver.") { _ in try TakeOver.topology() },
            ], name: "test-processor"
        ).main()
    }

    static func sleepy(delay: Duration) throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("in", value: .string)
            .mapValues(named: "sleep") { value in
                let text = value ?? ""
                let blocked = text.hasPrefix("block:") ? Double(text.dropFirst(6)).map { $0 / 1000 } : nil
                let time = blocked ?? delay / .seconds(1)
                // Blocks the thread, as a synchronous call to a slow service does.
                if time > 0 { Thread.sleep(forTimeInterval: time) }
                return value
            }
            .to("out")
        return try builder.build()
    }

    static func totals() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: .string).groupByKey().count(.as("totals")).toStream().to("out")
        return try builder.build()
    }

    /// Values as "sum,least,largest,number".
    static func running() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: .string)
            .groupByKey()
            .aggregate("", .as("aggregates")) { _, value, all in
                guard let value = Int64(value) else { return all }
                let parts = all.split(separator: ",").compactMap { Int64($0) }
                guard parts.count == 4 else { return "\(value),\(value),\(value),1" }
                return "\(parts[0] + value),\(min(parts[1], value)),\(max(parts[2], value)),\(parts[3] + 1)"
            }
            .toStream()
            .to("out")
        return try builder.build()
    }

    static func counts() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("in", value: .string)
            .groupBy { _, value in value ?? "" }
            .count(.as("counts"))
            .toStream()
            .to("out")
        return try builder.build()
    }
}

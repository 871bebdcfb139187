import KafkaProtocol
import Millrace
import TakeOverTopology
import Testing

/// Takes over, part by part, what a Java application left: its outputs go on as its own would have.
@Suite struct TakeOverTests {
    @Test(arguments: TakeOver.parts)
    func `part of the application goes on where the JVM left it`(_ part: Int) async throws {
        let topology = try TakeOver.topology([part])
        let output = TakeOver.output(of: part)
        let own = Cluster.ownTopics(of: topology)
        let (written, events) = try #require(
            try await Cluster.run { cluster in
                let recording = cluster.recording
                try await cluster.createTopics(TakeOver.inputs + [output])
                try await cluster.load(own)
                for topic in TakeOver.inputs { try await cluster.write(recording.firstHalf[topic] ?? [], to: topic) }
                try await cluster.commit(own + TakeOver.inputs)
                for topic in TakeOver.inputs { try await cluster.write(recording.secondHalf[topic] ?? [], to: topic) }
                let events = try await cluster.run(topology)
                return (try await cluster.read(output), events)
            })
        // Names and partitions fit, so there is nothing to be made.
        for event in events {
            if case .createdTopics(let names, _) = event { Issue.record("made \(names)") }
        }
        let comparison = try OutputComparison(part)
        for partition in 0..<3 { comparison.compare(written[partition], partition: partition) }
    }
}

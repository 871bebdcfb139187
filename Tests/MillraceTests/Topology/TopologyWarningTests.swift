import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// What is allowed and yet hardly meant is told once the topology is built, with the step's name.
@Suite struct TopologyWarningTests {
    func topology(_ windows: JoinWindows) throws -> Topology {
        let builder = StreamsBuilder()
        let left: KStream<String, String> = builder.stream("left")
        let right: KStream<String, String> = builder.stream("right")
        left.join(right, within: windows, StreamJoined(name: "pairs")) { _, left, right in left + right }.to("out")
        return try builder.build()
    }

    func matches(_ windows: JoinWindows) throws -> [String?] {
        let driver = try TopologyTestDriver(topology(windows))
        try driver.pipe("left", "a", "l", at: 5)
        try driver.pipe("right", "a", "r", at: 5)
        return driver.read("out").map { $0.value?.string }
    }

    @Test(arguments: [
        JoinWindows.difference(.zero), .between(before: .seconds(-5), after: .seconds(5)),
        .between(before: .seconds(5), after: .seconds(-5)),
    ])
    func `a join whose window has no length and no grace is told of, as nothing ever matches`(_ windows: JoinWindows) throws {
        let warnings = try topology(windows).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("pairs-merge") == true)
        #expect(warnings.first?.contains("no records ever match") == true)
        #expect(try matches(windows) == [])
    }

    @Test(arguments: [
        JoinWindows.difference(.zero, grace: .milliseconds(1)), .difference(.milliseconds(1)),
        .between(before: .zero, after: .milliseconds(1)),
    ])
    func `a join that can match is not told of`(_ windows: JoinWindows) throws {
        #expect(try topology(windows).warnings == [])
        #expect(try matches(windows) == ["lr"])
    }
}

import Millrace
import Testing

@testable import MillraceCommandLine

@Suite struct FailureOptionTests {
    /// A policy as it is written.
    func text(_ policy: BadRecordPolicy) -> String {
        switch policy {
        case .fail: "fail"
        case .skip: "skip"
        case .deadLetter(let topic): "dead-letter:\(topic)"
        case .retry(let times, let pause, let longest, let then):
            "retry:\(times),\(pause / .milliseconds(1)),\(longest / .milliseconds(1)),\(text(then))"
        case .decide: "decide"
        }
    }

    @Test(arguments: [
        ("fail", "fail"), ("skip", "skip"), ("dead-letter:bad", "dead-letter:bad"),
        ("retry:5,then=skip", "retry:5,100.0,30000.0,skip"),
        ("retry:1,pause=2s,longest=1m,then=dead-letter:bad", "retry:1,2000.0,60000.0,dead-letter:bad"),
        ("retry:1,pause=1m,then=fail", "retry:1,60000.0,60000.0,fail"),
        ("retry:2,pause=1ms,then=retry:3,pause=1s,then=fail", "retry:2,1.0,30000.0,retry:3,1000.0,30000.0,fail"),
    ])
    func `policies are read as they are written`(_ written: String, _ expected: String) throws {
        #expect(text(try BadRecordPolicy(parsing: written)) == expected)
    }

    @Test(arguments: [
        "", "Skip", "dead-letter:", "retry", "retry:", "retry:3", "retry:x,then=skip", "retry:-1,then=skip", "retry:1,then=",
        "retry:1,wait=1s,then=skip", "retry:1,pause=,then=skip", "retry:1,pause=2s,longest=1s,then=skip", "retry:1,,then=skip",
    ])
    func `what is no policy is refused`(_ written: String) {
        #expect(throws: (any Error).self) { try BadRecordPolicy(parsing: written) }
    }

    @Test func `options are put into the configuration, and those that make no sense name themselves`() async throws {
        let processor = ProcessorCommand([
            TopologyDefinition("words", "Counts words.") { _ in
                let builder = StreamsBuilder()
                let words: KStream<String, String> = builder.stream("in")
                words.to("out")
                return try builder.build()
            }
        ])
        func arguments(_ more: [String]) -> [String] { ["run", "words", "--broker", "embedded:/x"] + more }
        for option in ["--bad-records", "--on-failure", "--dropped-records", "--failed-tasks"] {
            let run = try await ProgramRun(processor.command, arguments([option, "nonsense"]))
            #expect(run.code == 64 && run.messages.contains(option))
        }
        let line = arguments([
            "--bad-records", "skip", "--on-failure", "production=fail", "--on-failure", "global-table=dead-letter:names",
            "--dropped-records", "dead-letter:late", "--failed-tasks", "restart",
        ])
        guard case .run(_, let parsed) = try processor.command.parse(line) else {
            Issue.record("it does not run")
            return
        }
        var configuration = StreamsConfiguration(applicationID: "words")
        try FailureOptions(parsed).apply(to: &configuration)
        #expect(text(configuration.onBadRecord) == "skip")
        #expect(configuration.onFailure.mapValues { text($0) } == [.production: "fail", .globalTable: "dead-letter:names"])
        #expect(configuration.droppedRecords == .deadLetter(topic: "late") && configuration.failedTasks == .restart())
    }
}

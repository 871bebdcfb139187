import MillraceCommandLine

/// A click-stream from end to end in one process: clicks, broker, stream processing and a client that watches the results.
@main struct Main {
    static func main() async {
        await Program(
            Command(
                "clickstream-demo", "Runs the clickstream topology on an embedded broker and shows its results live.",
                discussion: """
                    Generates the access log of a busy web site, or reads one with --input, and sends it to the topic
                    access-log. The figures shown come from the topics that the topology writes. Ctrl-C ends it.
                    """,
                options: DemoOptions.declarations
            ) { invocation in
                let options = try DemoOptions(invocation.arguments)
                if let sample = options.sample {
                    try sample.write(endingAt: currentMilliseconds())
                    return invocation.console.info("wrote \(Figures.count(sample.lines)) lines to \(sample.path)")
                }
                try await Demo(options: options, console: invocation.console, stop: invocation.stop).run()
            }
        ).main()
    }
}

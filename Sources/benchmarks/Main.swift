import MillraceCommandLine

@main
struct Main {
    static func main() async {
        await Program(
            Command(
                "benchmarks", "Runs the workloads of the benchmark suite on the embedded broker, on disk.",
                discussion: """
                    Each run is a process of its own with broker and engine in it. Its results are compared with the expected ones; \
                    another result is exit code 1. Build with -c release.
                    """,
                subcommands: Workload.all.map(workloadCommand) + [
                    restoreCommand, recoverCommand, largeStateCommand, nexmarkCommand, limitCommand, scanCommand, jsonCommand, scaleCommand, latencyCommand,
                    wireCommand,
                    engineCommand, recoverRunCommand, librdkafkaCommand, generateCommand, measureCommand, nexmarkRunCommand, verifyCommand, queryCommand,
                ])
        ).main()
    }
}

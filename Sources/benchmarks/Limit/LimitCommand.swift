import Foundation
import MillraceCommandLine

/// `benchmarks limit`: workloads beside programs without an engine.
let limitCommand = Command(
    "limit", "Measures what a workload takes beside a C program without an engine.",
    discussion: """
        The program decodes the same batches from memory, verifies their checksums, aggregates in plain tables and encodes the \
        results as batches, on one thread: no topics, no repartitioning, no changelogs, no commits, no disk. Its result must be the \
        workload's. The engine's CPU time is that of the whole process, with its broker. Workloads: \
        \(LimitProgram.all.map(\.workload.name).joined(separator: ", ")).
        """,
    options: [
        .scale, .data, CommandOption("runs", "N", "How many times each is run.", kind: .integer(1...100), default: "3"),
    ],
    positionals: [CommandPositional("WORKLOADS", "Names with commas between them, or all (the default).", isOptional: true)]
) { invocation in
    let arguments = invocation.arguments
    let names = (arguments.positionals.first ?? "all").split(separator: ",").map(String.init)
    let programs = names == ["all"] ? LimitProgram.all : LimitProgram.all.filter { names.contains($0.workload.name) }
    guard programs.count == (names == ["all"] ? LimitProgram.all.count : names.count) else {
        throw UsageError("there is no limit program of \(names.joined(separator: ","))")
    }
    let files = WorkingDirectory(arguments.text("data"), for: "limit")
    defer { files.release() }
    let (scale, runs) = (try arguments.scale, arguments.integer("runs") ?? 1)
    var table = TextTable(["workload", "program: records/CPU s", "Millrace: records/CPU s", "ratio of CPU", "result"])
    var wrong: [String] = []
    for program in programs {
        let name = program.workload.name
        let common = [name, "--scale", scale.rawValue, "--data", files.path]
        let engine = try await invocation.stop.cancelling {
            _ = try await ChildProcess.run(["generate"] + common)
            var engine: [Measurement] = []
            for _ in 0..<runs {
                let line = try await ChildProcess.run(["measure"] + common + ["--started-at", "\(ProcessUsage.clock)"])
                engine.append(try JSONDecoder().decode(Measurement.self, from: line))
            }
            return engine
        }
        let (times, fault) = try program.measure(directory: files.path, scale: scale, runs: runs)
        let records = Double(program.workload.records(at: scale))
        let limit = records / times.sorted()[times.count / 2]
        let rate = engine.median(\.recordsPerCPUSecond)
        let faults = engine.flatMap(\.faults) + (fault.map { [$0] } ?? [])
        if !faults.isEmpty { wrong.append(name) }
        table.add([
            name, "\(Int(limit))", "\(Int(rate))", String(format: "%.2f", limit / rate),
            faults.isEmpty ? "as expected" : faults.joined(separator: "; "),
        ])
    }
    let output = OutputWriter()
    output.write(table.text())
    try output.flush()
    if !wrong.isEmpty { throw CommandFailure("another result than expected: \(wrong.joined(separator: ", "))") }
}

import Foundation
import KafkaBroker
import MillraceCommandLine

let logsCommand = Command(
    "logs", "Looks after the files of the embedded broker.", subcommands: [describeLogs, dumpLogs, verifyLogs, repairLogs])

private let verifyLogs = Command(
    "verify", "Checks all files of a data directory, and changes none.",
    discussion: """
        Every batch is read with its checksum, its records and its offsets, beside indexes, checkpoints and lists. Ends with 1 \
        if anything is damaged. A broker may be at work in the directory; what it is writing may then look cut off.
        """,
    options: [.flag("json", "Prints what was found as one JSON object.")],
    positionals: [CommandPositional("DIR", "The data directory.")]
) { invocation in
    let report = try Broker.verify(directory: invocation.arguments.positionals.first ?? "")
    let output = OutputWriter()
    if invocation.arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        output.writeLine(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
        output.write(text(report))
    }
    try output.flush()
    guard !report.isDamaged else { throw CommandFailure("\(report.directory) is damaged") }
}

private let repairLogs = Command(
    "repair", "Sets aside what \"verify\" finds damaged, so that all else can be read.",
    discussion: """
        Batches that cannot be read are taken out of their files and kept in files beside them that end in .damaged; their \
        offsets stay empty. The broker must not run: it does the same at each start, as far as it looks.
        """,
    positionals: [CommandPositional("DIR", "The data directory.")]
) { invocation in
    let path = invocation.arguments.positionals.first ?? ""
    // A directory that is none must not become one.
    _ = try Broker.verify(directory: path)
    var configuration = BrokerConfiguration()
    configuration.checksAllLogs = true
    let console = invocation.console
    let broker = try Broker.open(directory: path, configuration: configuration) { console.warning("\($0)") }
    await broker.close()
}

private func text(_ report: DirectoryReport) -> String {
    var table = TextTable(["partition", "segments", "batches", "records", "bytes", "start", "end", "state"])
    for partition in report.partitions {
        table.add(
            [partition.name] + [partition.segments, partition.batches, partition.records, partition.bytes].map { "\($0)" }
                + ["\(partition.startOffset)", "\(partition.endOffset)", state(partition.findings)])
    }
    var text = table.isEmpty ? "" : table.text()
    if report.isInUse { text += "A broker is at work in \(report.directory).\n" }
    for finding in report.findings + report.partitions.flatMap(\.findings) { text += line(finding) }
    let damages = (report.findings + report.partitions.flatMap(\.findings)).count(where: \.isDamage)
    return text
        + "\(report.partitions.count) partitions, \(report.partitions.reduce(0) { $0 + $1.records }) records: "
        + (damages == 0 ? "no damage\n" : "\(damages) damages\n")
}

private func state(_ findings: [DirectoryReport.Finding]) -> String {
    findings.contains(where: \.isDamage) ? "damaged" : findings.isEmpty ? "ok" : "ok, see below"
}

private func line(_ finding: DirectoryReport.Finding) -> String {
    let place = finding.position.map { ", byte \($0)" } ?? ""
    return "\(finding.isDamage ? "damage" : "note"): \(finding.path)\(place): \(finding.message)\n"
}

import Foundation
import MillraceCommandLine

/// `benchmarks json`: values as JSON, by Millrace and by Foundation.
let jsonCommand = Command(
    "json", "Measures reading and writing JSON, beside Foundation's coders.",
    discussion: """
        On one thread, by `Serde.json` as a topology has it: a flat order of six fields and a basket with an address and three lines in it. \
        The median of five rounds. What is written is read by the other coder and must be the same.
        """,
    options: [.scale, .flag("json", "Prints the figures as a JSON array.")]
) { invocation in
    let arguments = invocation.arguments
    let rounds = try arguments.scale == .full ? 200_000 : 2_000
    let figures = try JSONBench(values: rounds).run()
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(figures), as: UTF8.self))
    } else {
        var table = TextTable(["value", "bytes", "direction", "coder", "records a second", "ns a record"])
        for figure in figures {
            table.add([
                figure.value, "\(figure.bytes)", figure.direction, figure.coder, "\(Int(figure.recordsPerSecond))",
                "\(Int(1e9 / figure.recordsPerSecond))",
            ])
        }
        output.write(table.text())
    }
    try output.flush()
}

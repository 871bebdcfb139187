import Foundation
import MillraceCommandLine

/// `benchmarks scan`: reads of many rows in order.
let scanCommand = Command(
    "scan", "Measures range, prefix and window reads from stores of 1,000,000 rows.",
    discussion: """
        A processor has a key-value store and a window store (100 windows a key) in memory, keys and values of 8 bytes, filled in \
        another order than that of the keys. It reads at random places, and all that it reads is checked. The first range includes \
        putting the keys in order.
        """,
    options: [.scale, .flag("json", "Prints the figures as a JSON array.")]
) { invocation in
    let arguments = invocation.arguments
    let figures = try ScanBench(rows: try arguments.scale == .full ? 1_000_000 : 20_000).run()
    let output = OutputWriter()
    if arguments.flag("json") {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        output.writeLine(String(decoding: try encoder.encode(figures), as: UTF8.self))
    } else {
        var table = TextTable(["read", "calls", "rows a call", "ns a call", "ns a row", "result"])
        for figure in figures {
            table.add([
                figure.read, "\(figure.calls)", "\(figure.rows / max(1, figure.calls))",
                "\(Int(figure.nanosecondsPerCall))", "\(Int(figure.nanosecondsPerRow))", figure.fault ?? "as expected",
            ])
        }
        output.write(table.text())
    }
    try output.flush()
    let wrong = figures.filter { $0.fault != nil }
    if !wrong.isEmpty {
        throw CommandFailure("other rows than expected: \(wrong.map(\.read).joined(separator: ", "))")
    }
}

/// What many calls of one kind took.
struct ScanFigures: Codable, Sendable {
    /// The kind of the calls.
    var read: String
    var calls: Int
    /// Rows that they returned.
    var rows: Int
    var nanosecondsPerCall: Double
    var nanosecondsPerRow: Double
    /// What is wrong with what they returned.
    var fault: String?
}

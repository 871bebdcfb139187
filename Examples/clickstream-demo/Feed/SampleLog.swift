import Foundation
import MillraceCommandLine

/// An access log to try things with: generated clicks of the last hour.
struct SampleLog: Sendable {
    let path: String
    let lines: Int
    let seed: UInt64

    private static let span: Int64 = 3_600_000

    /// Writes the file; `now` is in milliseconds since 1970. Throws `CommandFailure` if it is there or cannot be written.
    func write(endingAt now: Int64) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var generator = ClickGenerator(seed: seed, rate: max(1, lines / Int(Self.span / 1000)))
        let output = OutputWriter(descriptor: descriptor)
        for number in 0..<lines {
            generator.writeLine(at: now - Self.span + Self.span * Int64(number) / Int64(lines), to: &output.buffer)
            output.writeLine("")
            try output.flushIfFull()
        }
        try output.flush()
    }
}

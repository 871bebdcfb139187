import Foundation
import MillraceCommandLine

/// Runs this program again, or one beside it, so that a run's memory and CPU time are its own.
enum ChildProcess {
    /// This program, or the one called `name` in its directory.
    static func url(of name: String? = nil) -> URL {
        let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        guard let name else { return own }
        return own.deletingLastPathComponent().appendingPathComponent(name)
    }

    /// Runs the program with `arguments` and returns what it writes to standard output. Throws if it fails.
    static func run(_ arguments: [String], program: String? = nil) async throws -> Data {
        let process = Process()
        process.executableURL = url(of: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let status: Int32 = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try process.run() } catch { continuation.resume(throwing: error) }
            }
        } onCancel: {
            if process.isRunning { process.terminate() }
        }
        try Task.checkCancellation()
        // A line of JSON at most: it fits the pipe.
        let data = output.fileHandleForReading.availableData
        guard status == 0 else {
            throw CommandFailure("\"\(program ?? "benchmarks") \(arguments.joined(separator: " "))\" failed with exit code \(status)")
        }
        return data
    }
}

import Foundation
import MillraceCommandLine
import Synchronization

/// Runs this program again, or one beside it, so that a run's memory and CPU time are its own.
enum ChildProcess {
    /// This program, or the one called `name` in its directory.
    static func url(of name: String? = nil) -> URL {
        let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        guard let name else { return own }
        return own.deletingLastPathComponent().appendingPathComponent(name)
    }

    /// Runs this program with `arguments`, and kills it some seconds after it has written a line. Throws if it ends before.
    static func kill(_ arguments: [String], secondsAfter line: String, _ seconds: Int) async throws {
        let process = Process()
        process.executableURL = url()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let hasWritten = Mutex(false)
        output.fileHandleForReading.readabilityHandler = { handle in
            if String(decoding: handle.availableData, as: UTF8.self).contains(line) { hasWritten.withLock { $0 = true } }
        }
        try process.run()
        defer {
            output.fileHandleForReading.readabilityHandler = nil
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        while !hasWritten.withLock({ $0 }) {
            guard process.isRunning else {
                throw CommandFailure("\"benchmarks \(arguments.joined(separator: " "))\" has ended by itself")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await Task.sleep(for: .seconds(seconds))
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

import Foundation
import MillraceCommandLine

/// `broker serve` as a process of its own.
///
/// Sound as Sendable: `Process` is started before the value is made, and then only asked and ended.
struct WireServer: @unchecked Sendable {
    /// Where it listens.
    let address: String
    private let process: Process
    /// Kept open: who writes to a closed pipe dies.
    private let messages: Pipe

    /// Starts a server with its data in `directory` on a port of 127.0.0.1 that is free. Returns when it listens.
    static func start(directory: String) async throws -> WireServer {
        let process = Process()
        process.executableURL = ChildProcess.url(of: "broker")
        process.arguments = ["serve", "--data", directory, "--listen", "127.0.0.1:0"]
        let messages = Pipe()
        process.standardError = messages
        do {
            try process.run()
        } catch {
            throw CommandFailure("cannot start \"broker\" beside this program; build it with --product broker: \(error)")
        }
        var text = ""
        // Blocks this thread, while nothing else runs here, until the server listens or ends.
        while true {
            let data = messages.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CommandFailure("the broker has ended: \(text)") }
            text += String(decoding: data, as: UTF8.self)
            guard let found = text.firstMatch(of: /127\.0\.0\.1:([0-9]+)\n/) else { continue }
            return WireServer(address: "127.0.0.1:\(found.1)", process: process, messages: messages)
        }
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    func createTopic(_ name: String, partitions: Int) async throws {
        _ = try await ChildProcess.run(
            ["topics", "create", name, "--partitions", "\(partitions)", "--broker", address, "--quiet"],
            program: "broker")
    }

    func deleteTopic(_ name: String) async throws {
        _ = try await ChildProcess.run(["topics", "delete", name, "--broker", address, "--quiet"], program: "broker")
    }

    /// User and system time so far, to a hundredth of a second; nil where there is no /proc.
    var cpuSeconds: Double? {
        guard
            let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        // After the program's name in parentheses: state is the third field, utime and stime are the 14th and 15th.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

import Foundation

@testable import MillraceCommandLine

/// What a program did that a test has run: its exit code, and what it wrote.
struct ProgramRun {
    let code: Int32
    let output: String
    let messages: String

    /// Runs the command that `arguments` call.
    init(_ root: Command, _ arguments: [String], stop: StopSignal = StopSignal()) async throws {
        let (output, messages) = (try Catcher(), try Catcher())
        let streams = StandardStreams(output: output.descriptor, messages: messages.descriptor)
        code = await StandardStreams.$current.withValue(streams) { await Program(root).run(arguments, stop: stop) }
        self.output = output.text
        self.messages = messages.text
    }
}

/// A file without a name, to write to and read back.
private final class Catcher {
    let descriptor: Int32

    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure("cannot open \(path)") }
        unlink(path)
    }

    deinit { close(descriptor) }

    var text: String {
        lseek(descriptor, 0, SEEK_SET)
        let data = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd()
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

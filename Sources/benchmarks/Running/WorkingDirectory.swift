import Foundation

/// Where a command keeps its files: the directory that `--data` names, or one of its own.
struct WorkingDirectory {
    let path: String
    private let isOwn: Bool

    init(_ given: String?, for command: String) {
        isOwn = given == nil
        path =
            given
            ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("millrace-\(command)-\(ProcessInfo.processInfo.processIdentifier)").path
    }

    /// Removes a directory of the command's own. What is left of it is the system's to clean.
    func release() {
        if isOwn { try? FileManager.default.removeItem(atPath: path) }
    }
}

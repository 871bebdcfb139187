import Foundation

/// A directory that is removed with its owner.
final class TemporaryDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("streams-tests-\(UUID().uuidString)").path
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

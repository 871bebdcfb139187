import KafkaProtocol

/// A database of rows fails: what it was asked for, what it says, and what to do about it.
struct RowDatabaseError: Error, Equatable, CustomStringConvertible {
    enum Kind: String, CustomStringConvertible {
        /// Another process, or another task of this one, has it.
        case locked
        /// What is on the disk is not what was written.
        case damaged
        /// There is no room.
        case diskFull
        /// The disk, or the way to it, refuses.
        case inputOutput
        /// RocksDB cannot be loaded, or does not know a setting.
        case unusable
        /// The caller's fault: a row too large, or a database that is closed.
        case misuse

        var description: String { rawValue }
    }

    let kind: Kind
    /// What was being done, and to which directory.
    let operation: String
    /// RocksDB's words.
    let reason: String

    init(_ kind: Kind, _ operation: String, _ reason: String) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
    }

    /// An error of RocksDB.
    init(_ operation: String, reason: String) {
        self.init(Self.kind(of: reason), operation, reason)
    }

    /// Whether the same may work later without a change.
    var isRetriable: Bool { kind == .diskFull || kind == .inputOutput }

    private static func kind(of reason: String) -> Kind {
        func has(_ words: String...) -> Bool { words.contains { reason.contains($0) } }
        if has("While lock file", "lock hold by current process") { return .locked }
        if has("No space left", "NoSpace", "Disk quota exceeded") { return .diskFull }
        // A file that is not there is a damage, whatever the way in which it shows.
        if reason.hasPrefix("Corruption") || has("No such file or directory") { return .damaged }
        if reason.hasPrefix("IO error") { return .inputOutput }
        return .unusable
    }

    private var advice: String? {
        switch kind {
        case .locked: "another process uses it; stop that one, or give this one a state directory of its own"
        case .damaged: "it is set aside when it is closed; the state comes back from the changelog"
        case .diskFull: "make room on the disk; nothing is lost meanwhile"
        case .inputOutput where reason.contains("Too many open files"):
            "raise the limit with \"ulimit -n\" before the process is started"
        case .inputOutput where reason.contains("Permission denied") || reason.contains("Read-only"):
            "the directory must be writable for this user"
        case .inputOutput: "check the disk"
        case .unusable, .misuse: nil
        }
    }

    var description: String { errorText("\(operation): \(reason)" + (advice.map { "; \($0)" } ?? ""), kind: kind) }
}

extension RocksDBLibrary {
    /// Calls a function that may leave an error behind, and throws it.
    @inline(__always)
    func check<R>(_ operation: @autoclosure () -> String, _ body: (Failure) -> R) throws -> R {
        var failure: UnsafeMutablePointer<CChar>?
        let result = body(&failure)
        if let failure {
            defer { free(failure) }
            throw RowDatabaseError(operation(), reason: String(cString: failure))
        }
        return result
    }
}

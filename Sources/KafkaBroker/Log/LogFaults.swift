/// Lets tests make the file system fail: asked before every operation that changes files, it may answer with an error
/// to report instead.
struct LogFaults: Sendable {
    /// What is about to be done.
    enum Operation: Sendable {
        case create(path: String)
        case write(path: String, count: Int)
        case truncate(path: String)
        case sync(path: String)
        case rename(from: String, to: String)
        case remove(path: String)
    }

    /// An error to report.
    struct Fault: Sendable {
        /// The system's error number.
        var errno: Int32
        /// How many bytes a failing write still puts into the file.
        var written = 0
    }

    /// Returns the error to report, or nil to go on.
    var check: @Sendable (Operation) -> Fault?

    /// Nothing fails.
    static let none = LogFaults { _ in nil }
}

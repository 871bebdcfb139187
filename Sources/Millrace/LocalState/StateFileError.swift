import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file system refused.
struct StateFileError: Error, Equatable, CustomStringConvertible {
    /// What was being done, with the path.
    let operation: String
    /// The system's number for why not.
    let number: Int32

    init(_ operation: String, _ number: Int32) {
        self.operation = operation
        self.number = number
    }

    var description: String { "\(operation): \(SystemError.text(number))" }

    /// Whether there is no such file.
    var isMissing: Bool { number == ENOENT }
    /// Whether a file was expected and a directory is there.
    var isAboutDirectory: Bool { number == EISDIR || number == EPERM }
}

/// What to do next with a file that may grow, be cut or be replaced by another under its name, as log rotation does: the rules of
/// `tail -F`, without I/O.
struct FileTail: Sendable {
    /// Whether more is waited for at the end.
    let follows: Bool

    /// What is known of a file.
    struct Look: Equatable, Sendable {
        var file: FileIdentity
        var size: Int64
    }

    enum Step: Equatable {
        /// There is no file by that name. One that is followed will come.
        case missing
        /// Opens the file that has the name now.
        case open
        /// Reads on.
        case read
        /// The file is shorter than what was read of it: begins again.
        case restart
        /// Ends the open file, whose last line may lack its end, and opens the one that has the name now.
        case change
        /// Waits.
        case wait
        /// Ends.
        case end
    }

    /// - Parameters:
    ///   - open: The open file, and how large it is; nil before the first.
    ///   - offset: How much of it has been read.
    ///   - named: The file that has the name; nil if there is none.
    func step(open: Look?, offset: Int64, named: Look?) -> Step {
        guard let open else { return named == nil ? (follows ? .wait : .missing) : .open }
        if open.size > offset { return .read }
        if open.size < offset { return follows ? .restart : .end }
        guard follows else { return .end }
        guard let named, named.file != open.file else { return .wait }
        return .change
    }
}

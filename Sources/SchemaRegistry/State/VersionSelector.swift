/// A version of a subject as it is asked for: a number, or the latest.
package enum VersionSelector: Sendable, Equatable {
    case number(Int32)
    case latest

    /// Reads a part of a path. Throws 42202.
    package init(_ text: String) throws(RegistryRefusal) {
        if text == "latest" || text == "-1" {
            self = .latest
        } else if let number = Int32(text), number > 0 {
            self = .number(number)
        } else {
            throw .invalidVersion(text)
        }
    }
}

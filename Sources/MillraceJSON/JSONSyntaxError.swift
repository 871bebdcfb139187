/// Why bytes are not JSON, and where.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: String, Sendable {
        case unexpectedEnd = "the text ends too early"
        case noValue = "a value expected"
        case noKey = "a key in quotes expected"
        case noColon = "a colon expected"
        case noSeparator = "a comma or the end of the array or object expected"
        case badNumber = "not a number as JSON has them"
        case badEscape = "an unknown escape"
        case loneSurrogate = "half of a surrogate pair"
        case controlCharacter = "a control character in a string"
        case notUTF8 = "a string that is not UTF-8"
        case tooDeep = "nested too deeply"
        case tooLong = "a text of more than 2 GiB"
        case moreText = "text after the value"
    }

    /// What is wrong.
    package let reason: Reason
    /// The byte at which it shows.
    package let offset: Int

    /// The reason and the place.
    package var description: String { "\(reason.rawValue), at byte \(offset)" }
}

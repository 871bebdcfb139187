/// An option of a command: `--name VALUE`, `--name=VALUE`, or a flag without a value.
public struct CommandOption: Sendable {
    /// What an option's value must look like. Values are checked while the command line is parsed.
    public enum Kind: Sendable {
        /// No value.
        case flag
        /// No value: shows this text, and nothing else is done.
        case information(@Sendable () -> String)
        /// Any text.
        case text
        /// A whole number inside the range.
        case integer(ClosedRange<Int>)
        /// A duration such as `500ms`, `20s`, `1h30m` or `7d`.
        case duration
        /// A number of bytes such as `4096`, `64KiB` or `10MB`.
        case size
        /// One of these words.
        case choice([String])
        /// `key=value`.
        case pair
        /// Text that the closure accepts; the message of what it throws is shown to the user.
        case checked(@Sendable (String) throws -> Void)
    }

    /// The name, without dashes.
    public let name: String
    /// A letter that stands for the name after a single dash.
    public let letter: Character?
    /// What stands for the value in the help.
    public let placeholder: String
    /// One sentence for the help.
    public let summary: String
    /// What the value must look like.
    public let kind: Kind
    /// The value that holds when the option is not given.
    public let defaultValue: String?
    /// Whether a command line without it is refused.
    public let isRequired: Bool
    /// Whether it may be given more than once.
    public let isRepeatable: Bool

    /// An option with a value.
    public init(
        _ name: String, _ placeholder: String, _ summary: String, kind: Kind = .text,
        default defaultValue: String? = nil,
        isRequired: Bool = false, isRepeatable: Bool = false, letter: Character? = nil
    ) {
        self.name = name
        self.letter = letter
        self.placeholder = placeholder
        self.summary = summary
        self.kind = kind
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
    }

    /// A flag: an option without a value.
    public static func flag(_ name: String, _ summary: String) -> CommandOption {
        CommandOption(name, "", summary, kind: .flag)
    }

    var isFlag: Bool {
        switch kind {
        case .flag, .information: true
        default: false
        }
    }

    /// Throws `UsageError` if `value` is not one for this option.
    func check(_ value: String) throws {
        do { try kind.check(value) } catch { throw UsageError("--\(name): \(error)") }
    }
}

extension CommandOption.Kind {
    /// Throws an error that says why `value` is not of this kind.
    func check(_ value: String) throws {
        switch self {
        case .flag, .information, .text: break
        case .integer(let range):
            guard let number = Int(value) else { throw ValueError("\"\(value)\" is not a whole number") }
            guard range.contains(number) else {
                let isOpen = range.upperBound == .max
                let limit = isOpen ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
                throw ValueError("\(number) is out of range: it must be \(limit)")
            }
        case .duration: _ = try Duration(parsing: value)
        case .size: _ = try ByteSize(parsing: value)
        case .choice(let words):
            guard words.contains(value) else {
                throw ValueError("\"\(value)\" is not one of \(words.joined(separator: ", "))")
            }
        case .pair:
            guard let equals = value.firstIndex(of: "="), equals != value.startIndex else {
                throw ValueError("\"\(value)\" is not of the form key=value")
            }
        case .checked(let check): try check(value)
        }
    }
}

/// A setting of a topology, given to `processor` as `--set name=value`.
public struct TopologySetting: Sendable {
    /// The name.
    public let name: String
    /// One sentence for the user.
    public let summary: String
    /// What a value must look like.
    public let kind: CommandOption.Kind
    /// The value that holds when none is given; nil for none.
    public let defaultValue: String?

    /// A setting.
    public init(
        _ name: String, _ summary: String, kind: CommandOption.Kind = .text, default defaultValue: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.defaultValue = defaultValue
    }
}

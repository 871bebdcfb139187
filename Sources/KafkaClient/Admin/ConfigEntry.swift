/// A config and where its value comes from.
public struct ConfigEntry: Sendable, Hashable {
    /// The config's name.
    public var name: String
    /// The value; nil if it is sensitive or has none.
    public var value: String?
    /// Whether nobody has set it.
    public var isDefault: Bool
    /// Whether it can be changed.
    public var isReadOnly: Bool
}

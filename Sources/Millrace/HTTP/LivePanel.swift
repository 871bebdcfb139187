/// A figure of a program's own on the page of its application.
public struct LivePanel: Sendable, Hashable {
    /// What a panel shows.
    public enum Content: Sendable, Hashable {
        /// A number, of which the page draws how it moves.
        case number(Double)
        /// Numbers with names, as bars, the first one on top.
        case bars([Bar])
    }

    /// A number with its name.
    public struct Bar: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// The number.
        public var value: Double

        /// A bar.
        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// What it is about, such as `Sessions`.
    public var title: String
    /// What is to be known of it, such as `active in the last 30 minutes`.
    public var note: String
    /// What it shows.
    public var content: Content

    /// A panel.
    public init(_ title: String, note: String = "", _ content: Content) {
        self.title = title
        self.note = note
        self.content = content
    }
}

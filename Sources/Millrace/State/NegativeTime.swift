/// A processor has put something in a store at a time that there is not.
@usableFromInline
struct NegativeTime: Error, CustomStringConvertible {
    @usableFromInline let description: String

    @usableFromInline init(_ time: Int64, in store: String) {
        description = "the store \(store) takes nothing of the negative time \(time)"
    }

    @usableFromInline init(_ window: Window, in store: String) {
        description = "the store \(store) takes no session that begins at \(window.start) and ends at \(window.end)"
    }
}

/// What a store has: which handle reads it.
public enum StoreKind: String, Sendable, Hashable, CaseIterable {
    /// A value by key: `StreamsApplication.store`.
    case keyValue
    /// Values by key and start of a window, the records of stream joins included: `windowStore`.
    case window
    /// Values by key and session: `sessionStore`.
    case session
    /// Values by key and time: `versionedStore`.
    case versioned
    /// Something else: stores of the user's own, and what steps keep for themselves. It cannot be queried.
    case other
}

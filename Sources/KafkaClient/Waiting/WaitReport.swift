/// A client has been waiting for long, or is not any more.
public enum WaitReport: Sendable, Equatable {
    /// It has been waiting so long for what the text says: what cannot be done, and why. `isOutage`: brokers cannot be reached, or
    /// refuse for now; if not, it is others that are waited for, such as members of a group.
    case waiting(String, for: Duration, isOutage: Bool)
    /// All that was told of has gone on, after so long.
    case over(after: Duration)
}

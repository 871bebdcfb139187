/// What the next version of a subject may change, so that records of different versions can be read.
public enum CompatibilityLevel: String, Sendable, Hashable, CaseIterable {
    /// Anything.
    case none = "NONE"
    /// What is written with the last version can be read with the next: readers are upgraded first. A registry's default.
    case backward = "BACKWARD"
    /// What is written with any earlier version can be read with the next.
    case backwardTransitive = "BACKWARD_TRANSITIVE"
    /// What is written with the next version can be read with the last: writers are upgraded first.
    case forward = "FORWARD"
    /// What is written with the next version can be read with any earlier one.
    case forwardTransitive = "FORWARD_TRANSITIVE"
    /// Both, between the last version and the next.
    case full = "FULL"
    /// Both, between any earlier version and the next.
    case fullTransitive = "FULL_TRANSITIVE"

    /// Whether all earlier versions count, not the last alone.
    var isTransitive: Bool { self == .backwardTransitive || self == .forwardTransitive || self == .fullTransitive }
    /// Whether the next version must read what earlier ones have written.
    var readsOlder: Bool { self == .backward || self == .backwardTransitive || self == .full || self == .fullTransitive }
    /// Whether earlier versions must read what the next one writes.
    var isReadByOlder: Bool { self == .forward || self == .forwardTransitive || self == .full || self == .fullTransitive }
}

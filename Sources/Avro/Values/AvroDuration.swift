/// A length of time of which the parts do not become each other: a value of Avro's logical type `duration`.
///
/// As a member of a `Codable` type it is read and written by Avro's reader and writer only.
public struct AvroDuration: Sendable, Hashable, Codable {
    /// Months.
    public var months: UInt32
    /// Days.
    public var days: UInt32
    /// Milliseconds.
    public var milliseconds: UInt32

    /// A length of time of these parts.
    public init(months: UInt32 = 0, days: UInt32 = 0, milliseconds: UInt32 = 0) {
        self.months = months
        self.days = days
        self.milliseconds = milliseconds
    }
}

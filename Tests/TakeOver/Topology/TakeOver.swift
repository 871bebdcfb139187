public import Millrace

/// An application that uses each kind of state that Kafka Streams keeps in topics, in twenty parts. A Java application of
/// the same topology was recorded (`Tests/TakeOver/README.md`); this one takes its topics over.
public enum TakeOver {
    public static let applicationID = "takeover"
    public static let parts = 1...20

    /// The topics that the application reads.
    public static let inputs = ["orders", "payments", "customers", "regions", "rates", "items"]

    /// The topic that a part writes.
    public static func output(of part: Int) -> String {
        let names = [
            "counts", "agg", "reduce", "win", "sess", "slide", "sup", "lim", "final", "tti", "ttl", "tto", "fk", "fkl", "ssj",
            "lj", "oj", "vj", "vjg", "glob",
        ]
        return "out-\(parts.contains(part) ? names[part - 1] : "\(part)")"
    }

    /// The topology of some of the parts; throws what `build()` does.
    public static func topology(_ wanted: some Sequence<Int> = parts) throws -> Topology {
        let steps = Steps()
        for part in wanted.sorted() { steps.add(part) }
        return try steps.builder.build()
    }
}

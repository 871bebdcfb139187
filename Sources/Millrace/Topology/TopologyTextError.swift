/// Why a text is not the description of a topology.
public struct TopologyTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number of the line, from 1; 0 for the text as a whole.
    public let line: Int
    /// What is wrong.
    public let message: String

    /// What is wrong, and where.
    public var description: String { line == 0 ? message : "line \(line): \(message)" }
}

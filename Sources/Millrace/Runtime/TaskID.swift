/// The name of a task: its sub-topology and its partition, written `0_3`.
public struct TaskID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of the sub-topology, as in `describe()`.
    public let subTopology: Int
    /// The partition of the sub-topology's source topics.
    public let partition: Int32

    /// A task's name.
    public init(subTopology: Int, partition: Int32) {
        self.subTopology = subTopology
        self.partition = partition
    }

    /// `subTopology_partition`.
    public var description: String { "\(subTopology)_\(partition)" }

    /// By sub-topology, then by partition.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        (left.subTopology, left.partition) < (right.subTopology, right.partition)
    }
}

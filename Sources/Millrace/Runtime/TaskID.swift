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

    /// The task that `description` names so; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let subTopology = Int(parts[0]), let partition = Int32(parts[1]), subTopology >= 0,
            partition >= 0
        else { return nil }
        self.init(subTopology: subTopology, partition: partition)
        guard self.description.utf8.elementsEqual(description.utf8) else { return nil }
    }

    /// `subTopology_partition`.
    public var description: String { "\(subTopology)_\(partition)" }

    /// By sub-topology, then by partition.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        (left.subTopology, left.partition) < (right.subTopology, right.partition)
    }
}

public import KafkaProtocol

/// What answers a query may have. Kafka Streams' `StateQueryRequest` (KIP-796).
public struct QueryOptions: Sendable {
    /// Whether tasks may answer that are behind their changelogs, as standbys and while stores are restored: by so many records at
    /// most. Nil for the tasks that process alone, whose answers have everything that they have processed.
    public var mostLag: Int64?
    /// Up to where the task must have processed its inputs, where it reads them; nil for wherever it is. Only a task that processes can say
    /// where it is.
    public var bound: QueryPosition?
    /// The partition to ask, for keys that are not where the hash of their bytes says, as another program's partitioner has
    /// placed them. Nil for the hash's, and for all partitions that are here.
    public var partition: Int32?
    /// How long the answer may take.
    public var timeout: Duration

    /// Options; without arguments, of whatever the task that processes has.
    public init(
        mostLag: Int64? = nil, bound: QueryPosition? = nil, partition: Int32? = nil, timeout: Duration = .seconds(10)
    ) {
        self.mostLag = mostLag
        self.bound = bound
        self.partition = partition
        self.timeout = timeout
    }
}

/// Up to where inputs are processed: by partition, the offset after the last record whose effects can be seen. Kafka Streams'
/// `Position`.
public struct QueryPosition: Sendable, Hashable {
    /// The offsets.
    public var offsets: [TopicPartition: Int64]

    /// A position; without arguments, one that everything has reached.
    public init(_ offsets: [TopicPartition: Int64] = [:]) { self.offsets = offsets }

    /// The position that has what either has.
    public func merged(with other: QueryPosition) -> QueryPosition {
        QueryPosition(offsets.merging(other.offsets, uniquingKeysWith: max))
    }

    /// Whether another position has come as far, of the partitions that both name.
    public func isReached(by other: QueryPosition) -> Bool {
        offsets.allSatisfy { partition, offset in other.offsets[partition].map { $0 >= offset } ?? true }
    }
}

/// An answer, with what it is worth.
public struct QueryAnswer<Value: Sendable>: Sendable {
    /// What was asked for.
    public let value: Value
    /// The partition of the store that has answered; nil for a global store.
    public let partition: Int32?
    /// Up to where the task had processed its inputs. Empty if it does not process them.
    public let position: QueryPosition
    /// By how many records of its changelog the store was behind: 0 for a task that processes. Nil if that is not known.
    public let lag: Int64?
}

import KafkaProtocol

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

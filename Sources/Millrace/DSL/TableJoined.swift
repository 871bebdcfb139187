import KafkaProtocol

/// How two tables are joined by a foreign key: Kafka Streams' `TableJoined` (KIP-775).
///
/// Rows and answers go through two topics. A table whose topic was not partitioned by the hash of its keys needs a
/// partitioner that says where its rows are.
///
/// ```swift
/// let byRegion = StreamPartitioner<String, Never> { record, count in region(record.key) % count }
/// orders.join(
///     customers, joined: TableJoined(otherPartitioner: byRegion), foreignKey: { _, order in order.customer }
/// ) { _, order, customer in "\(order.item) for \(customer.name)" }
/// ```
public struct TableJoined<Key, ForeignKey>: StepOptions, Sendable {
    /// The name of the join, and the base of those of its steps, store and topics; nil for generated ones.
    public var name: Named?
    /// Where rows of this table are, by their keys; the records it gets have no values. Nil for the partition that the
    /// row came from.
    public var partitioner: StreamPartitioner<Key, Never>?
    /// Where rows of the other table are, by their keys; the records it gets have no values. Nil for the hash of the
    /// key's bytes, of a windowed key those of the key inside.
    public var otherPartitioner: StreamPartitioner<ForeignKey, Never>?

    /// A join with these settings.
    public init(
        name: Named? = nil, partitioner: StreamPartitioner<Key, Never>? = nil,
        otherPartitioner: StreamPartitioner<ForeignKey, Never>? = nil
    ) {
        self.name = name
        self.partitioner = partitioner
        self.otherPartitioner = otherPartitioner
    }
}

extension TableJoined {
    /// A join called `name`.
    public static func named(_ name: Named) -> TableJoined { TableJoined().named(name) }
    /// A join with a table whose rows are where `partitioner` says.
    public static func partitioner(_ partitioner: StreamPartitioner<Key, Never>) -> TableJoined { TableJoined().partitioner(partitioner) }
    /// A join with another table whose rows are where `partitioner` says.
    public static func otherPartitioner(_ partitioner: StreamPartitioner<ForeignKey, Never>) -> TableJoined { TableJoined().otherPartitioner(partitioner) }

    /// The same, called `name`.
    public func named(_ name: Named) -> TableJoined { with(\.name, name) }
    /// The same with this table's rows where `partitioner` says.
    public func partitioner(_ partitioner: StreamPartitioner<Key, Never>) -> TableJoined { with(\.partitioner, partitioner) }
    /// The same with the other table's rows where `partitioner` says.
    public func otherPartitioner(_ partitioner: StreamPartitioner<ForeignKey, Never>) -> TableJoined { with(\.otherPartitioner, partitioner) }
}

extension StreamPartitioner where Value == Never {
    /// The partitioner for records with these keys and any values.
    @usableFromInline
    func ignoringValues<Other>() -> StreamPartitioner<Key, Other> {
        let partition = self.partition
        return StreamPartitioner<Key, Other> { record, count in
            partition(record.with(value: nil), count)
        }
    }
}

/// What a fixed-key processor has to do with: Kafka Streams' `FixedKeyProcessorContext`.
public final class FixedKeyProcessorContext<Key, Value>: ProcessingContext {
    @usableFromInline let outlet: ProcessorOutlet<Key, Value>

    @usableFromInline
    init(_ assembly: TaskAssembly, node: String) throws {
        outlet = try ProcessorOutlet(assembly, node: node)
        super.init(assembly, node: node)
    }

    /// Sends a record to all steps after the processor, one after the other. Throws what these throw, and if its timestamp
    /// is negative.
    @inlinable
    public func forward(_ record: FixedKeyRecord<Key, Value>) throws { try outlet.forward(record.record) }

    /// Sends a record to the step after the processor that is called `child`.
    ///
    /// Throws if there is none, if the timestamp is negative, and what the step throws.
    public func forward(_ record: FixedKeyRecord<Key, Value>, to child: String) throws {
        try outlet.forward(record.record, to: child)
    }
}

/// Whether data written by one schema can be read by another: the rules of Avro's schema resolution.
///
/// ```swift
/// let found = AvroCompatibility.incompatibilities(reader: new, writer: old)
/// ```
///
/// A schema registry's levels are made of this question. A new schema is
/// - *backward* compatible if it can read what the old one wrote: `canRead(reader: new, writer: old)`,
/// - *forward* compatible if the old one can read what it writes: `canRead(reader: old, writer: new)`,
/// - *fully* compatible if both hold;
///
/// and *transitively* so if that is true for all old schemas instead of the latest alone.
///
/// The rules are those of Java's `SchemaCompatibility`: a type can be read as itself, int as long, float and double, long as float and
/// double, float as double, string and bytes as each other; named types have the same name without namespace, or an alias of the
/// reader's is the writer's full name; fields are found by name or by an alias of the reader's, those that the writer has not have
/// a default; each symbol of an enum is known to the reader, or it has a default; each branch that a writer may choose can be read; of
/// the reader's branches one is enough.
public enum AvroCompatibility {
    /// Whether the reader's schema can read all that is written by the writer's.
    public static func canRead(reader: AvroSchema, writer: AvroSchema) -> Bool {
        incompatibilities(reader: reader, writer: writer).isEmpty
    }

    /// All reasons for which the reader's schema cannot read what is written by the writer's; none if it can.
    ///
    /// They are in the order of the reader's schema, each once, 1000 at the most. Schemas made so that their comparison would not end in
    /// a reasonable time count as incompatible.
    public static func incompatibilities(reader: AvroSchema, writer: AvroSchema) -> [AvroIncompatibility] {
        var comparison = AvroComparison(reader: reader, writer: writer)
        return comparison.compare(reader.type, writer.type, at: "")
    }
}

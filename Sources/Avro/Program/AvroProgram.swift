/// How values of a writer's schema are read as those of a reader's: made once, without a look at schemas from then on. A program of one
/// schema for both is how values are written, too.
final class AvroProgram: Sendable {
    let nodes: [AvroNode]
    let records: [AvroRecordPlan]
    let enumerations: [AvroEnumPlan]
    let unions: [AvroUnionPlan]
    let fixedNames: [String]
    /// Why values cannot be read.
    let failures: [String]
    /// The node of whole values.
    let root: Int

    /// The program that reads what the writer's schema wrote as values of the reader's. Throws `AvroResolutionError` if it could read none.
    init(writer: AvroSchema, reader: AvroSchema) throws {
        var compiler = AvroCompiler(writer: writer, reader: reader)
        root = compiler.node(.init(type: writer.type, side: .writer), as: .init(type: reader.type, side: .reader))
        if let failure = compiler.failure(of: root) {
            throw AvroResolutionError(
                reason: failure, incompatibilities: AvroCompatibility.incompatibilities(reader: reader, writer: writer))
        }
        nodes = compiler.nodes
        records = compiler.records
        enumerations = compiler.enumerations
        unions = compiler.unions
        fixedNames = compiler.fixedNames
        failures = compiler.failures
    }
}

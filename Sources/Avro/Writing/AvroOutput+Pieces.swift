import KafkaProtocol

extension AvroOutput {
    /// Bytes that are being put in order.
    final class Rewriting {
        fileprivate var bytes = ByteWriter()
        fileprivate let source: AvroOutput

        fileprivate init(_ source: AvroOutput) { self.source = source }

        /// Appends the bytes of a piece, and of what was written beside it.
        func take(_ piece: AvroNodeEncoder.Piece) throws {
            source.bytes.withUnsafeBytes { bytes.write(raw: UnsafeRawBufferPointer(rebasing: $0[piece.range])) }
            guard let nested = piece.nested else { return }
            try nested.finish()
            nested.output.bytes.withUnsafeBytes { bytes.write(raw: $0) }
        }

        /// Appends what stands for a field that a value has not.
        func writeFallback(_ field: Int, _ plan: AvroRecordPlan) throws { bytes.write(raw: try AvroOutput.fallback(field, plan)) }
    }

    /// Replaces what is written from a place on by what `body` takes of it.
    func rewrite(from start: Int, _ body: (Rewriting) throws -> Void) throws {
        let rewriting = Rewriting(self)
        try body(rewriting)
        bytes.truncate(to: start)
        rewriting.bytes.withUnsafeBytes { bytes.write(raw: $0) }
    }

    /// Makes items that are written an array or a map: one block, and the end.
    func endItems(_ count: Int, from start: Int) {
        if count > 0 { bytes.insertUnsignedVarint(UInt64(count) << 1, at: start) }
        bytes.writeVarint(0)
    }

    /// Writes what stands for a field that a value has not.
    func writeFallback(_ field: Int, _ plan: AvroRecordPlan) throws { bytes.write(raw: try Self.fallback(field, plan)) }

    private static func fallback(_ field: Int, _ plan: AvroRecordPlan) throws -> Bytes {
        guard let fallback = plan.fallbacks[field] else {
            throw AvroMisfit(reason: "no value for the field \(plan.fields[field].name) of \(plan.shape.name)")
        }
        return fallback
    }
}

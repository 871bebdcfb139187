/// A comparison of two schemas that is going on.
struct AvroComparison {
    /// A pair of named types.
    private struct Pair: Hashable {
        let reader: String
        let writer: String
    }

    private let reader: AvroSchema
    private let writer: AvroSchema
    /// What is known of pairs. Those being compared count as compatible, so that schemas that contain themselves come to an end.
    private var verdicts: [Pair: [AvroIncompatibility]] = [:]
    /// Pairs found compatible, which may be so only because others were taken to be.
    private var compatible: [Pair] = []
    /// How many types may still be compared.
    private var budget = 1 << 18
    private var depth = 0
    private static let maximumDepth = 1000
    private static let maximumCount = 1000

    init(reader: AvroSchema, writer: AvroSchema) {
        self.reader = reader
        self.writer = writer
    }

    /// Why the reader's type cannot read the writer's.
    mutating func compare(_ read: AvroType, _ written: AvroType, at path: String) -> [AvroIncompatibility] {
        budget -= 1
        depth += 1
        defer { depth -= 1 }
        guard budget > 0, depth < Self.maximumDepth else {
            return [AvroIncompatibility(kind: .typeMismatch, path: path, message: "the schemas are too large to be compared")]
        }
        switch (read.kind, written.kind) {
        case (.union, .union(let branches)):
            return merge(branches.enumerated()) { comparison, branch in
                let found = comparison.compare(read, branch.element, at: path)
                return found.isEmpty ? [] : [Self.missingBranch(branch.element, in: comparison.writer, at: "\(path)/\(branch.offset)")]
            }
        case (_, .union(let branches)):
            return merge(branches) { $0.compare(read, $1, at: path) }
        case (.union(let branches), _):
            for (index, branch) in branches.enumerated() where compare(branch, written, at: "\(path)/\(index)").isEmpty { return [] }
            return [Self.missingBranch(written, in: writer, at: path)]
        case (.array(let read), .array(let written)): return compare(read, written, at: path + "/items")
        case (.map(let read), .map(let written)): return compare(read, written, at: path + "/values")
        case (.named(let read), .named(let written)): return compare(named: read, written, at: path)
        default:
            if read.kind.takes(written.kind) { return [] }
            return [mismatch(read, written, at: path)]
        }
    }

    private func mismatch(_ read: AvroType, _ written: AvroType, at path: String) -> AvroIncompatibility {
        AvroIncompatibility(
            kind: .typeMismatch, path: path,
            message: "reader type: \(reader.word(for: read)) not compatible with writer type: \(writer.word(for: written))")
    }

    private static func missingBranch(_ type: AvroType, in schema: AvroSchema, at path: String) -> AvroIncompatibility {
        AvroIncompatibility(kind: .missingUnionBranch, path: path, message: "reader union lacking writer type: \(schema.word(for: type))")
    }

    /// What is found for each of some elements, each once and in order.
    private mutating func merge<E>(
        _ elements: some Sequence<E>, _ body: (inout AvroComparison, E) -> [AvroIncompatibility]
    ) -> [AvroIncompatibility] {
        var all: [AvroIncompatibility] = []
        for element in elements {
            for found in body(&self, element) where all.count < Self.maximumCount && !all.contains(found) { all.append(found) }
        }
        return all
    }

    // MARK: Named types

    private mutating func compare(named read: String, _ written: String, at path: String) -> [AvroIncompatibility] {
        let pair = Pair(reader: read, writer: written)
        if let verdict = verdicts[pair] { return verdict }
        guard let readDefinition = reader.definitions[read], let writtenDefinition = writer.definitions[written] else { return [] }
        verdicts[pair] = []
        let before = compatible.count
        let found = compare(readDefinition, writtenDefinition, at: path)
        if found.isEmpty {
            compatible.append(pair)
        } else {
            // What was found compatible meanwhile may have relied on this pair.
            for dependent in compatible[before...] { verdicts[dependent] = nil }
            compatible.removeLast(compatible.count - before)
        }
        verdicts[pair] = found
        return found
    }

    private mutating func compare(_ read: AvroDefinition, _ written: AvroDefinition, at path: String) -> [AvroIncompatibility] {
        var found: [AvroIncompatibility] = []
        if !read.names(written) {
            found.append(AvroIncompatibility(kind: .nameMismatch, path: path + "/name", message: "expected: \(written.fullName)"))
        }
        switch (read.shape, written.shape) {
        case (.record(let fields), .record(let others)): return found + compare(fields, AvroFieldNames(others), at: path)
        case (.enumeration(let symbols, let fallback), .enumeration(let others, _)):
            guard fallback == nil else { return found }
            let known = Set(symbols)
            let missing = others.filter { !known.contains($0) }
            if !missing.isEmpty {
                let message = "[\(missing.joined(separator: ", "))]"
                found.append(AvroIncompatibility(kind: .missingEnumSymbols, path: path + "/symbols", message: message))
            }
            return found
        case (.fixed(let size), .fixed(let other)):
            if size != other {
                let message = "expected: \(other), found: \(size)"
                found.append(AvroIncompatibility(kind: .fixedSizeMismatch, path: path + "/size", message: message))
            }
            return found
        default: return [mismatch(AvroType(.named(read.fullName)), AvroType(.named(written.fullName)), at: path)]
        }
    }

    private mutating func compare(_ fields: [AvroField], _ others: AvroFieldNames, at path: String) -> [AvroIncompatibility] {
        merge(fields.enumerated()) { comparison, field in
            let (index, field) = (field.offset, field.element)
            if let other = others.match(of: field) {
                return comparison.compare(field.type, other.type, at: "\(path)/fields/\(index)/type")
            }
            guard field.defaultValue == nil else { return [] }
            return [AvroIncompatibility(kind: .readerFieldMissingDefaultValue, path: "\(path)/fields/\(index)", message: field.name)]
        }
    }
}

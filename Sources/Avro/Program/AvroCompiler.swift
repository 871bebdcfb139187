import KafkaProtocol

/// Makes a program of two schemas, by the rules of schema resolution.
struct AvroCompiler {
    /// The schema that a type is of.
    enum Side: Hashable {
        case writer, reader
    }

    /// A type with its schema.
    struct Place {
        let type: AvroType
        let side: Side
    }

    /// Two named types.
    private struct Pair: Hashable {
        let written: String
        let writtenSide: Side
        let read: String
        let readSide: Side
    }

    private let schemas: [Side: AvroSchema]
    var nodes: [AvroNode] = []
    var records: [AvroRecordPlan] = []
    var enumerations: [AvroEnumPlan] = []
    var unions: [AvroUnionPlan] = []
    var fixedNames: [String] = []
    private(set) var failures: [String] = []
    /// The nodes of named types, so that types that contain themselves have one.
    private var known: [Pair: Int] = [:]
    private var depth = 0
    /// How many branches have been compared.
    private var comparisons = 0
    private static let maximumDepth = 1000
    private static let maximumNodes = 1 << 18
    private static let maximumComparisons = 1 << 20
    var defaults: [Side: AvroDefaultEncoder]

    init(writer: AvroSchema, reader: AvroSchema) {
        schemas = [.writer: writer, .reader: reader]
        defaults = schemas.mapValues { AvroDefaultEncoder(definitions: $0.definitions) }
    }

    func definition(_ name: String, _ side: Side) -> AvroDefinition? { schemas[side]?.definitions[name] }

    // MARK: Nodes

    mutating func append(_ node: AvroNode) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    /// A node at which reading ends with an error.
    mutating func fail(_ reason: String) -> Int {
        failures.append(reason)
        return append(AvroNode(.failure, detail: failures.count - 1))
    }

    /// Why no value of a node can be read; nil if some can.
    func failure(of node: Int) -> String? { nodes[node].kind == .failure ? failures[nodes[node].detail] : nil }

    /// The node that reads a written type as another.
    mutating func node(_ written: Place, as read: Place) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth, nodes.count < Self.maximumNodes else { return fail("the schemas are too large") }
        switch (written.type.kind, read.type.kind) {
        case (.union(let branches), _):
            let nodes = branches.map { node(Place(type: $0, side: written.side), as: read) }
            if let first = nodes.first, let reason = failure(of: first), nodes.allSatisfy({ failure(of: $0) != nil }) { return fail(reason) }
            unions.append(AvroUnionPlan(branches: nodes, null: branches.firstIndex { if case .null = $0.kind { true } else { false } }))
            return append(AvroNode(.union, detail: unions.count - 1))
        case (_, .union(let branches)): return node(written, asOneOf: branches, read.side)
        case (.array(let items), .array(let others)):
            let item = node(Place(type: items, side: written.side), as: Place(type: others, side: read.side))
            return append(AvroNode(.array, detail: item))
        case (.map(let values), .map(let others)):
            let item = node(Place(type: values, side: written.side), as: Place(type: others, side: read.side))
            return append(AvroNode(.map, detail: item))
        case (.named(let name), .named(let other)):
            let pair = Pair(written: name, writtenSide: written.side, read: other, readSide: read.side)
            if let node = known[pair] { return node }
            guard let definition = definition(name, written.side), let other = self.definition(other, read.side) else { break }
            let place = append(AvroNode(.record))
            known[pair] = place
            nodes[place] = named(definition, written.side, as: other, read.side)
            return place
        default:
            guard read.type.kind.takes(written.type.kind), let kind = AvroNode.Kind(written.type.kind),
                let target = AvroNode.Kind(read.type.kind)
            else { break }
            return append(AvroNode(kind, as: target, logicalType: read.type.logicalType))
        }
        return fail("\(read.type.name) cannot be read from \(written.type.name)")
    }

    /// The node of the first of the reader's branches that fits: the same type by its full name; then the same by the rules for names; then by
    /// promotion.
    private mutating func node(_ written: Place, asOneOf branches: [AvroType], _ side: Side) -> Int {
        comparisons += branches.count
        guard comparisons < Self.maximumComparisons else { return fail("the schemas are too large") }
        let ranks = branches.map { rank($0, side, for: written) }
        for rank in 0...2 {
            for (branch, _) in zip(branches, ranks).filter({ $1 == rank }) {
                let node = node(written, as: Place(type: branch, side: side))
                if failure(of: node) == nil { return node }
            }
        }
        return fail("no branch of the union can be read from \(written.type.name)")
    }

    /// How near a branch is: 0 to 2, or 3 if it cannot be read at all.
    private func rank(_ branch: AvroType, _ side: Side, for written: Place) -> Int {
        switch (branch.kind, written.type.kind) {
        case (.named(let name), .named(let other)):
            if name == other { return 0 }
            guard let one = definition(name, side), let other = definition(other, written.side) else { return 3 }
            return one.names(other) ? 1 : 3
        default:
            if branch.name == written.type.name { return 0 }
            return branch.kind.takes(written.type.kind) ? 2 : 3
        }
    }
}

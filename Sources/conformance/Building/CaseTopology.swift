import Millrace
import MillraceTesting

/// The topology of a case, built statement by statement with the DSL that users have.
final class CaseTopology {
    let builder = StreamsBuilder()
    private let optimization: TopologyOptimization
    private var nodes: [String: any CaseNode] = [:]
    /// The types of keys and values by topic read.
    private(set) var inputs: [String: (key: CellType, value: CellType)] = [:]
    /// The types of keys and values by topic written.
    private(set) var outputs: [String: (key: CellType, value: CellType)] = [:]
    /// The content of each named store, as a driver of the topology has it.
    private(set) var stores: [String: (TopologyTestDriver) -> StoreContent?] = [:]

    /// Applies all statements. Throws `CaseError`.
    init(_ statements: [Statement], isOptimized: Bool) throws {
        optimization = isOptimized ? .all : []
        for statement in statements {
            let result =
                if let from = statement.from {
                    try node(from).applying(statement, in: self)
                } else {
                    try source(statement)
                }
            if let binding = statement.binding, let result { bind(binding, result) }
        }
    }

    /// The finished topology.
    func topology() throws -> Topology { try builder.build(optimization) }

    /// The node that a statement named.
    func node(_ name: String) throws -> any CaseNode {
        guard let node = nodes[name] else { throw CaseError("no statement before it gives \(name)") }
        return node
    }

    func bind(_ name: String, _ node: any CaseNode) { nodes[name] = node }

    func addOutput(_ topic: String, key: CellType, value: CellType) { outputs[topic] = (key, value) }

    func addStore(_ name: String?, _ content: @escaping (TopologyTestDriver) -> StoreContent?) {
        if let name { stores[name] = content }
    }

    private func source(_ statement: Statement) throws -> any CaseNode {
        let fields = statement.fields
        let key = try CellType(fields.text("key"))
        let value = try CellType(fields.text("value"))
        var topics = try fields.list("topics").compactMap { if case .string(let topic) = $0 { topic } else { nil } }
        if let topic = try fields.optionalText("topic") { topics.append(topic) }
        for topic in topics { inputs[topic] = (key, value) }
        let extractor = try fields.optionalText("timestampExtractor").map { try Self.extractor($0) }
        switch statement.op {
        case "stream":
            return StreamNode(
                stream: builder.stream(
                    topics,
                    Consumed(key: key.serde, value: value.serde, timestamp: extractor, name: try statement.name)),
                keyType: key, valueType: value)
        case "table":
            let consumed = Consumed(
                key: key.serde, value: value.serde, timestamp: extractor, name: try statement.name)
            if let retention = try fields.optionalInteger("historyRetentionMs") {
                guard let store = try statement.store else {
                    throw CaseError("\(fields.what): a versioned table needs a store")
                }
                return versioned(
                    builder.table(
                        try fields.text("topic"), consumed,
                        .versioned(store, historyRetention: .milliseconds(retention))),
                    store, key, value)
            }
            let table = builder.table(try fields.text("topic"), consumed, Materialized(as: try statement.store))
            return TableNode(table: table, keyType: key, valueType: value)
                .storedAsKeyValues(try statement.store, in: self)
        case "globalTable":
            let table = builder.globalTable(
                try fields.text("topic"),
                Consumed(key: key.serde, value: value.serde, name: try statement.name),
                Materialized(as: try statement.store))
            addStore(try statement.store) { [store = try statement.store] driver in
                (try? driver.keyValueStore(store ?? "", key: Cell.self, value: Cell.self)).map { rows in
                    StoreContent(
                        kind: "keyValue",
                        entries: rows.all.map { CaseRecord(key: $0.key, value: $0.value, timestamp: $0.timestamp) })
                }
            }
            return GlobalTableNode(table: table, keyType: key, valueType: value)
        default: throw CaseError("\(statement.op) needs a node to apply to, or is unknown")
        }
    }

    private func versioned(
        _ table: KTable<Cell, Cell>, _ store: String, _ key: CellType, _ value: CellType
    ) -> any CaseNode {
        addStore(store) { driver in
            (try? driver.versionedStore(store, key: Cell.self, value: Cell.self)).map { _ in
                StoreContent(kind: "versioned", entries: [])
            }
        }
        return TableNode(table: table, keyType: key, valueType: value)
    }

    private static func extractor(_ text: String) throws -> TimestampExtractor<Cell, Cell> {
        let function = FunctionText(text)
        let number = try function.integer()
        switch function.name {
        case "field":
            return TimestampExtractor { record, _ in (record.value?.field(number)).flatMap { Int64($0) } ?? -1 }
        case "fieldOrPartitionTime":
            return TimestampExtractor { record, partitionTime in
                let time = (record.value?.field(number)).flatMap { Int64($0) } ?? -1
                return time < 0 ? partitionTime : time
            }
        default: throw function.unknown
        }
    }
}

/// A stream, a table or a grouping that statements apply to.
protocol CaseNode {
    /// What the statement makes of it; nil for sinks and for statements that bind their results themselves.
    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)?
}

extension CaseNode {
    func unknown(_ statement: Statement) -> CaseError {
        CaseError("\(statement.op) cannot be applied to \(statement.from ?? "nothing")")
    }
}

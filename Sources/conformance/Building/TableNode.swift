import Millrace
import MillraceTesting

/// A table, and the types of its cells.
struct TableNode<Key: CellConvertible, Value: CellConvertible>: CaseNode {
    let table: KTable<Key, Value>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let fields = statement.fields
        let name = try statement.name
        switch statement.op {
        case "toStream":
            guard let text = try fields.optionalText("fn") else {
                return StreamNode(stream: table.toStream(named: name), keyType: keyType, valueType: valueType)
            }
            let select = try Expression(text)
            let key = select.type(key: keyType, value: valueType)
            func selected<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let stream = try table.toStream(key: New.serde(key), named: name) {
                    try converted(select.apply($0?.cell, $1?.cell), to: New.self)
                }
                return StreamNode<New, Value>(stream: stream, keyType: key, valueType: valueType)
            }
            return try key.isWindowed && key == keyType ? selected(Key.self) : selected(Cell.self)
        case "groupBy":
            let (first, second) = (try Expression(fields.text("keyFn")), try Expression(fields.text("valueFn")))
            let key = first.type(key: keyType, value: valueType)
            let value = second.type(key: keyType, value: valueType)
            func grouped<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let grouped = try table.groupBy(Grouped(name: name, key: New.serde(key), value: value.serde)) {
                    KeyValue(
                        try converted(first.apply($0.cell, $1.cell), to: New.self), second.apply($0.cell, $1.cell))
                }
                return GroupedTableNode<New>(grouped: grouped, keyType: key, valueType: value)
            }
            return try key.isWindowed && key == keyType ? grouped(Key.self) : grouped(Cell.self)
        case "suppress":
            if try fields.text("until") == "timeLimit" {
                let limit = Duration.milliseconds(try fields.integer("ms"))
                let buffer = SuppressionBuffer(maxRecords: try fields.optionalInteger("maxRecords").map { Int($0) })
                return TableNode(
                    table: table.suppress(.untilTimeLimit(limit, buffer, name: name)), keyType: keyType,
                    valueType: valueType)
            }
            return TableNode(
                table: try Key.suppressed(table, named: name), keyType: keyType, valueType: valueType)
        case "to":
            let topic = try fields.text("topic")
            build.addOutput(topic, key: keyType, value: valueType)
            table.to(topic, Produced(name: name))
            return nil
        default: return try derived(statement, in: build)
        }
    }

    /// Makes the content of the table's key-value store known under that name.
    func storedAsKeyValues(_ name: String?, in build: CaseTopology) -> Self {
        build.addStore(name) { driver in
            guard let name, let store = try? driver.keyValueStore(name, key: Key.self, value: Value.self) else {
                return nil
            }
            return StoreContent(
                kind: "keyValue",
                entries: store.all.map { CaseRecord(key: $0.key.cell, value: $0.value.cell, timestamp: $0.timestamp) })
        }
        return self
    }

    /// Makes the content of the table's window store known under that name.
    func storedAsWindows<Inner: CellConvertible>(_ name: String?, in build: CaseTopology) -> Self where Key == Windowed<Inner> {
        build.addStore(name) { driver in
            guard let name, let store = try? driver.windowStore(name, key: Inner.self, value: Value.self) else {
                return nil
            }
            return StoreContent(
                kind: "window",
                entries: store.all.map { CaseRecord(key: $0.key.cell, value: $0.value.cell, timestamp: $0.timestamp) })
        }
        return self
    }

    /// Makes the content of the table's session store known under that name.
    func storedAsSessions<Inner: CellConvertible>(_ name: String?, in build: CaseTopology) -> Self where Key == Windowed<Inner> {
        build.addStore(name) { driver in
            guard let name, let store = try? driver.sessionStore(name, key: Inner.self, value: Value.self) else {
                return nil
            }
            return StoreContent(
                kind: "session",
                entries: store.all.map { CaseRecord(key: $0.key.cell, value: $0.value.cell, timestamp: nil) })
        }
        return self
    }
}

import Millrace

/// The joins of a stream with what a statement names.
extension StreamNode {
    func joined(_ statement: Statement, in build: CaseTopology) throws -> any CaseNode {
        let other = try build.node(statement.fields.text("with"))
        if let global = other as? GlobalTableNode { return try joined(statement, with: global) }
        if let table = other as? TableNode<Key, Cell> { return try joined(statement, with: table) }
        if let table = other as? TableNode<Key, Int64> { return try joined(statement, with: table) }
        if let stream = other as? StreamNode<Key, Cell> { return try joined(statement, with: stream) }
        if let stream = other as? StreamNode<Key, Int64> { return try joined(statement, with: stream) }
        throw unknown(statement)
    }

    private func joined<Other>(_ statement: Statement, with other: StreamNode<Key, Other>) throws -> any CaseNode {
        let fields = statement.fields
        let joiner = try Joiner(fields.text("joiner"))
        let type = joiner.type(left: valueType, right: other.valueType)
        let windows = JoinWindows(
            beforeMs: try fields.integer("beforeMs"), afterMs: try fields.integer("afterMs"),
            graceMs: try fields.integer("graceMs"))
        let options = StreamJoined<Key, Value, Other>(
            name: try statement.name, storeName: try fields.optionalText("storeName"))
        let stream: KStream<Key, Cell>
        switch statement.op {
        case "join":
            stream = self.stream.join(other.stream, within: windows, options, value: type.serde) {
                joiner.apply($0.cell, $1.cell, $2.cell)
            }
        case "leftJoin":
            stream = self.stream.leftJoin(other.stream, within: windows, options, value: type.serde) {
                joiner.apply($0?.cell, $1.cell, $2?.cell)
            }
        case "outerJoin":
            stream = self.stream.outerJoin(other.stream, within: windows, options, value: type.serde) {
                joiner.apply($0?.cell, $1?.cell, $2?.cell)
            }
        default: throw unknown(statement)
        }
        return StreamNode<Key, Cell>(stream: stream, keyType: keyType, valueType: type)
    }

    private func joined(_ statement: Statement, with global: GlobalTableNode) throws -> any CaseNode {
        let fields = statement.fields
        let (lookUp, joiner) = (try Expression(fields.text("keyFn")), try Joiner(fields.text("joiner")))
        let type = joiner.type(left: valueType, right: global.valueType)
        let select: @Sendable (Key?, Value?) -> Cell? = { lookUp.apply($0?.cell, $1?.cell) }
        let stream: KStream<Key, Cell>
        switch statement.op {
        case "globalJoin":
            stream = self.stream.join(global.table, value: type.serde, named: try statement.name, lookUp: select) {
                joiner.apply($0?.cell, $1.cell, $2)
            }
        case "globalLeftJoin":
            stream = self.stream.leftJoin(global.table, value: type.serde, named: try statement.name, lookUp: select) {
                joiner.apply($0?.cell, $1.cell, $2)
            }
        default: throw unknown(statement)
        }
        return StreamNode<Key, Cell>(stream: stream, keyType: keyType, valueType: type)
    }

    private func joined<Other>(_ statement: Statement, with other: TableNode<Key, Other>) throws -> any CaseNode {
        let joiner = try Joiner(statement.fields.text("joiner"))
        let type = joiner.type(left: valueType, right: other.valueType)
        let options = Joined<Key, Value>(
            name: try statement.name, value: try Value.serde(valueType),
            grace: try statement.fields.optionalInteger("graceMs").map { .milliseconds($0) })
        let stream: KStream<Key, Cell>
        switch statement.op {
        case "join":
            stream = self.stream.join(other.table, options, value: type.serde) {
                joiner.apply($0.cell, $1.cell, $2.cell)
            }
        case "leftJoin":
            stream = self.stream.leftJoin(other.table, options, value: type.serde) {
                joiner.apply($0?.cell, $1.cell, $2?.cell)
            }
        default: throw unknown(statement)
        }
        return StreamNode<Key, Cell>(stream: stream, keyType: keyType, valueType: type)
    }
}

/// A global table, and the types of its cells.
struct GlobalTableNode: CaseNode {
    let table: GlobalKTable<Cell, Cell>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        throw unknown(statement)
    }
}

import Millrace

/// What is made of a table row by row, and its joins with other tables.
extension TableNode {
    func derived(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let fields = statement.fields
        let name = try statement.name
        let store = try statement.store
        switch statement.op {
        case "filter", "filterNot":
            let predicate = try Predicate(fields.text("predicate")).apply
            let materialized: Materialized<Key, Value>? = store.map { .as($0) }
            let table =
                statement.op == "filter"
                ? self.table.filter(materialized, named: name) { predicate($0.cell, $1.cell) }
                : self.table.filterNot(materialized, named: name) { predicate($0.cell, $1.cell) }
            return TableNode(table: table, keyType: keyType, valueType: valueType).storedAsKeyValues(store, in: build)
        case "mapValues":
            let function = try Expression(fields.text("fn"))
            let type = function.type(key: keyType, value: valueType)
            let table: KTable<Key, Cell> = self.table.mapValues(
                store.map { Materialized(as: $0) }, value: type.serde, named: name
            ) { function.apply($0.cell, $1.cell) }
            return TableNode<Key, Cell>(table: table, keyType: keyType, valueType: type)
                .storedAsKeyValues(store, in: build)
        case "join", "leftJoin", "outerJoin":
            let other = try build.node(fields.text("with"))
            if let other = other as? TableNode<Key, Cell> { return try joined(statement, with: other, in: build) }
            if let other = other as? TableNode<Key, Int64> { return try joined(statement, with: other, in: build) }
            throw unknown(statement)
        case "fkJoin", "fkLeftJoin":
            let other = try build.node(fields.text("with"))
            if let other = other as? TableNode<Cell, Cell> {
                return try joined(statement, byForeignKeyWith: other, in: build)
            }
            if let other = other as? TableNode<Cell, Int64> {
                return try joined(statement, byForeignKeyWith: other, in: build)
            }
            throw unknown(statement)
        default: throw unknown(statement)
        }
    }

    private func joined<Other>(
        _ statement: Statement, byForeignKeyWith other: TableNode<Cell, Other>, in build: CaseTopology
    ) throws -> any CaseNode {
        let joiner = try Joiner(statement.fields.text("joiner"))
        let foreignKey = try Expression(statement.fields.text("fkFn")).apply
        let type = joiner.type(left: valueType, right: other.valueType)
        let (name, store) = (try statement.name, try statement.store)
        let select: @Sendable (Key, Value) -> Cell? = { foreignKey($0.cell, $1.cell) }
        let table: KTable<Key, Cell> =
            statement.op == "fkJoin"
            ? self.table.join(
                other.table, Materialized(as: store), value: type.serde, joined: TableJoined(name: name),
                foreignKey: select
            ) { joiner.apply($0.cell, $1.cell, $2.cell) }
            : self.table.leftJoin(
                other.table, Materialized(as: store), value: type.serde, joined: TableJoined(name: name),
                foreignKey: select
            ) { joiner.apply($0.cell, $1.cell, $2?.cell) }
        return TableNode<Key, Cell>(table: table, keyType: keyType, valueType: type)
            .storedAsKeyValues(store, in: build)
    }

    private func joined<Other>(
        _ statement: Statement, with other: TableNode<Key, Other>, in build: CaseTopology
    ) throws -> any CaseNode {
        let joiner = try Joiner(statement.fields.text("joiner"))
        let type = joiner.type(left: valueType, right: other.valueType)
        let name = try statement.name
        let store: Materialized<Key, Cell>? = try statement.store.map { Materialized(as: $0) }
        let table =
            switch statement.op {
            case "join":
                self.table.join(other.table, store, value: type.serde, named: name) {
                    joiner.apply($0.cell, $1.cell, $2.cell)
                }
            case "leftJoin":
                self.table.leftJoin(other.table, store, value: type.serde, named: name) {
                    joiner.apply($0.cell, $1.cell, $2?.cell)
                }
            default:
                self.table.outerJoin(other.table, store, value: type.serde, named: name) {
                    joiner.apply($0.cell, $1?.cell, $2?.cell)
                }
            }
        return TableNode<Key, Cell>(table: table, keyType: keyType, valueType: type)
            .storedAsKeyValues(store?.name, in: build)
    }
}

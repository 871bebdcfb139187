import Millrace

/// A grouped table, and the types of its cells.
struct GroupedTableNode<Key: CellConvertible>: CaseNode {
    let grouped: KGroupedTable<Key, Cell>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let asked = try AggregateStatement(statement)
        switch statement.op {
        case "count":
            let table = grouped.count(try asked.materialized(value: .int64), named: asked.name)
            return TableNode(table: table, keyType: keyType, valueType: .int64)
                .storedAsKeyValues(asked.store, in: build)
        case "reduce":
            let (add, subtract) = (try asked.fold("fn"), try asked.fold("subtractor"))
            let table = grouped.reduce(
                try asked.materialized(value: valueType), named: asked.name, add: { add(nil, $0, $1) },
                subtract: { subtract(nil, $0, $1) })
            return TableNode(table: table, keyType: keyType, valueType: valueType)
                .storedAsKeyValues(asked.store, in: build)
        case "aggregate":
            let (initial, add, subtract) = (try asked.initial(), try asked.fold("fn"), try asked.fold("subtractor"))
            let type = CellType(of: initial)
            let table = grouped.aggregate(
                initial, try asked.materialized(value: type), named: asked.name, add: { add($0.cell, $2, $1) },
                subtract: { subtract($0.cell, $2, $1) })
            return TableNode(table: table, keyType: keyType, valueType: type)
                .storedAsKeyValues(asked.store, in: build)
        default: throw unknown(statement)
        }
    }
}

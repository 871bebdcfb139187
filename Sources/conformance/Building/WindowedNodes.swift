import Millrace

/// A stream grouped by key and time window, and the types of its windowed keys and its values.
struct TimeWindowedNode<Key: CellConvertible, Value: CellConvertible>: CaseNode {
    let grouped: TimeWindowedKStream<Key, Value>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        if statement.op == "emitStrategy" {
            return Self(
                grouped: grouped.emitStrategy(try emitStrategy(statement)), keyType: keyType, valueType: valueType)
        }
        let asked = try AggregateStatement(statement)
        switch statement.op {
        case "count":
            let table = grouped.count(try asked.materialized(value: .int64), named: asked.name)
            return TableNode(table: table, keyType: keyType, valueType: .int64).storedAsWindows(asked.store, in: build)
        case "reduce":
            let fold = try asked.fold("fn")
            let table = grouped.reduceNullable(try asked.materialized(value: valueType), named: asked.name) {
                try reduced(fold(nil, $0.cell, $1?.cell))
            }
            return TableNode(table: table, keyType: keyType, valueType: valueType)
                .storedAsWindows(asked.store, in: build)
        case "aggregate":
            let (initial, fold) = (try asked.initial(), try asked.fold("fn"))
            let type = CellType(of: initial)
            let table = grouped.aggregateNullable(initial, try asked.materialized(value: type), named: asked.name) {
                fold($0.cell, $2, $1?.cell)
            }
            return TableNode(table: table, keyType: keyType, valueType: type).storedAsWindows(asked.store, in: build)
        default: throw unknown(statement)
        }
    }
}

/// A stream grouped by key and session, and the types of its windowed keys and its values.
struct SessionWindowedNode<Key: CellConvertible, Value: CellConvertible>: CaseNode {
    let grouped: SessionWindowedKStream<Key, Value>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        if statement.op == "emitStrategy" {
            return Self(
                grouped: grouped.emitStrategy(try emitStrategy(statement)), keyType: keyType, valueType: valueType)
        }
        let asked = try AggregateStatement(statement)
        switch statement.op {
        case "count":
            let table = grouped.count(try asked.materialized(value: .int64), named: asked.name)
            return TableNode(table: table, keyType: keyType, valueType: .int64).storedAsSessions(asked.store, in: build)
        case "reduce":
            let fold = try asked.fold("fn")
            let table = grouped.reduceNullable(try asked.materialized(value: valueType), named: asked.name) {
                try reduced(fold(nil, $0.cell, $1?.cell))
            }
            return TableNode(table: table, keyType: keyType, valueType: valueType)
                .storedAsSessions(asked.store, in: build)
        case "aggregate":
            let (initial, fold, merger) = (try asked.initial(), try asked.fold("fn"), try asked.fold("merger"))
            let type = CellType(of: initial)
            let table = grouped.aggregateNullable(
                initial, try asked.materialized(value: type), named: asked.name
            ) {
                fold($0.cell, $2, $1?.cell)
            } merge: {
                merger($0.cell, $1, $2)
            }
            return TableNode(table: table, keyType: keyType, valueType: type).storedAsSessions(asked.store, in: build)
        default: throw unknown(statement)
        }
    }
}

private func emitStrategy(_ statement: Statement) throws -> EmitStrategy {
    switch try statement.fields.text("strategy") {
    case "onWindowClose": .onWindowClose
    case "onWindowUpdate": .onWindowUpdate
    case let name: throw CaseError("no strategy is called \(name)")
    }
}

import Millrace

/// A grouped stream, and the types of its cells.
struct GroupedNode<Key: CellConvertible, Value: CellConvertible>: CaseNode {
    let grouped: KGroupedStream<Key, Value>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        switch statement.op {
        case "count", "reduce", "aggregate": try aggregate(statement, in: build)
        case "cogroup": try cogrouped(statement)
        default: try windowed(statement)
        }
    }

    private func cogrouped(_ statement: Statement) throws -> any CaseNode {
        let fold = try Fold(statement.fields.text("fn")).apply
        return CogroupedNode(
            cogrouped: grouped.cogroupNullable { fold($0.cell, $2, $1?.cell) }, keyType: keyType,
            aggregateType: try CellType(statement.fields.text("type")))
    }

    private func aggregate(_ statement: Statement, in build: CaseTopology) throws -> any CaseNode {
        let asked = try AggregateStatement(statement)
        switch statement.op {
        case "count":
            let table = grouped.count(try asked.materialized(value: .int64), named: asked.name)
            return TableNode(table: table, keyType: keyType, valueType: .int64)
                .storedAsKeyValues(asked.store, in: build)
        case "reduce":
            let fold = try asked.fold("fn")
            let table = grouped.reduce(try asked.materialized(value: valueType), named: asked.name) {
                try reduced(fold(nil, $0.cell, $1.cell))
            }
            return TableNode(table: table, keyType: keyType, valueType: valueType)
                .storedAsKeyValues(asked.store, in: build)
        default:
            let (initial, fold) = (try asked.initial(), try asked.fold("fn"))
            let type = CellType(of: initial)
            let table = grouped.aggregate(initial, try asked.materialized(value: type), named: asked.name) {
                fold($0.cell, $2, $1.cell)
            }
            return TableNode(table: table, keyType: keyType, valueType: type)
                .storedAsKeyValues(asked.store, in: build)
        }
    }

    private func windowed(_ statement: Statement) throws -> any CaseNode {
        let fields = statement.fields
        func times(_ size: Int64, _ advance: Int64) throws -> any CaseNode {
            let windows = TimeWindows(sizeMs: size, advanceMs: advance, graceMs: try fields.integer("graceMs"))
            return TimeWindowedNode(
                grouped: grouped.windowedBy(windows), keyType: .timeWindowed(keyType, size: size),
                valueType: valueType)
        }
        switch statement.op {
        case "windowTumbling": return try times(fields.integer("sizeMs"), fields.integer("sizeMs"))
        case "windowHopping": return try times(fields.integer("sizeMs"), fields.integer("advanceMs"))
        case "windowSliding":
            let windows = SlidingWindows(
                differenceMs: try fields.integer("differenceMs"), graceMs: try fields.integer("graceMs"))
            return TimeWindowedNode(
                grouped: grouped.windowedBy(windows), keyType: .timeWindowed(keyType, size: windows.differenceMs),
                valueType: valueType)
        case "windowUnlimited":
            let windows = UnlimitedWindows(startMs: try fields.integer("startMs"))
            return TimeWindowedNode(
                grouped: grouped.windowedBy(windows), keyType: .timeWindowed(keyType, size: .max), valueType: valueType)
        case "windowSession":
            let windows = SessionWindows(gapMs: try fields.integer("gapMs"), graceMs: try fields.integer("graceMs"))
            return SessionWindowedNode(
                grouped: grouped.windowedBy(windows), keyType: .sessionWindowed(keyType), valueType: valueType)
        default: throw unknown(statement)
        }
    }
}

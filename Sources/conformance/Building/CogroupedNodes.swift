import Millrace

/// A cogrouped stream, and the types of its keys and of the aggregate.
struct CogroupedNode<Key: CellConvertible>: CaseNode {
    let cogrouped: CogroupedKStream<Key, Cell>
    let keyType: CellType
    let aggregateType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let fields = statement.fields
        switch statement.op {
        case "cogroup":
            let fold = try Fold(fields.text("fn")).apply
            let other = try build.node(fields.text("with"))
            let result: CogroupedKStream<Key, Cell>
            if let other = other as? GroupedNode<Key, Cell> {
                result = cogrouped.cogroupNullable(other.grouped) { fold($0.cell, $2, $1) }
            } else if let other = other as? GroupedNode<Key, Int64> {
                result = cogrouped.cogroupNullable(other.grouped) { fold($0.cell, $2, $1?.cell) }
            } else {
                throw unknown(statement)
            }
            return CogroupedNode(cogrouped: result, keyType: keyType, aggregateType: aggregateType)
        case "aggregate":
            let asked = try AggregateStatement(statement)
            let initial = try asked.initial()
            let table = cogrouped.aggregate(
                initial, try asked.materialized(value: aggregateType), named: asked.name)
            return TableNode(table: table, keyType: keyType, valueType: aggregateType)
                .storedAsKeyValues(asked.store, in: build)
        default: return try windowed(statement)
        }
    }

    private func windowed(_ statement: Statement) throws -> any CaseNode {
        let fields = statement.fields
        func times(_ windowed: TimeWindowedCogroupedKStream<Key, Cell>, size: Int64) -> any CaseNode {
            TimeWindowedCogroupedNode(
                cogrouped: windowed, keyType: .timeWindowed(keyType, size: size), aggregateType: aggregateType)
        }
        switch statement.op {
        case "windowTumbling", "windowHopping":
            let size = try fields.integer("sizeMs")
            let windows = TimeWindows(
                sizeMs: size, advanceMs: try fields.optionalInteger("advanceMs") ?? size,
                graceMs: try fields.integer("graceMs"))
            return times(cogrouped.windowedBy(windows), size: size)
        case "windowSliding":
            let windows = SlidingWindows(
                differenceMs: try fields.integer("differenceMs"), graceMs: try fields.integer("graceMs"))
            return times(cogrouped.windowedBy(windows), size: windows.differenceMs)
        case "windowUnlimited":
            return times(cogrouped.windowedBy(UnlimitedWindows(startMs: try fields.integer("startMs"))), size: .max)
        case "windowSession":
            let windows = SessionWindows(gapMs: try fields.integer("gapMs"), graceMs: try fields.integer("graceMs"))
            return SessionWindowedCogroupedNode(
                cogrouped: cogrouped.windowedBy(windows), keyType: .sessionWindowed(keyType),
                aggregateType: aggregateType)
        default: throw unknown(statement)
        }
    }
}

/// A cogrouped stream in time windows.
struct TimeWindowedCogroupedNode<Key: CellConvertible>: CaseNode {
    let cogrouped: TimeWindowedCogroupedKStream<Key, Cell>
    let keyType: CellType
    let aggregateType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        guard statement.op == "aggregate" else { throw unknown(statement) }
        let asked = try AggregateStatement(statement)
        let initial = try asked.initial()
        let table = cogrouped.aggregate(
            initial, try asked.materialized(value: aggregateType), named: asked.name)
        return TableNode(table: table, keyType: keyType, valueType: aggregateType)
            .storedAsWindows(asked.store, in: build)
    }
}

/// A cogrouped stream in sessions.
struct SessionWindowedCogroupedNode<Key: CellConvertible>: CaseNode {
    let cogrouped: SessionWindowedCogroupedKStream<Key, Cell>
    let keyType: CellType
    let aggregateType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        guard statement.op == "aggregate" else { throw unknown(statement) }
        let asked = try AggregateStatement(statement)
        let (initial, merger) = (try asked.initial(), try asked.fold("merger"))
        let table = cogrouped.aggregateNullable(
            initial, try asked.materialized(value: aggregateType), named: asked.name
        ) { merger($0.cell, $1, $2) }
        return TableNode(table: table, keyType: keyType, valueType: aggregateType)
            .storedAsSessions(asked.store, in: build)
    }
}

import Millrace

/// What `count`, `reduce` and `aggregate` statements say, whatever they are applied to.
struct AggregateStatement {
    let name: Named?
    let store: String?
    let retention: Duration?
    private let fields: Fields

    init(_ statement: Statement) throws {
        fields = statement.fields
        name = try statement.name
        store = try statement.store
        retention = try fields.optionalInteger("retentionMs").map { .milliseconds($0) }
    }

    /// The value that the aggregate begins with.
    func initial() throws -> Cell {
        guard let cell = try fields.cell("init") else { throw CaseError("\(fields.what): \"init\" is null") }
        return cell
    }

    func fold(_ field: String) throws -> @Sendable (_ key: Cell?, _ a: Cell?, _ b: Cell?) -> Cell? {
        try Fold(fields.text(field)).apply
    }

    func materialized<Key: CellConvertible, Value: CellConvertible>(
        value type: CellType
    ) throws -> Materialized<Key, Value> {
        Materialized(as: store, value: try Value.serde(type), retention: retention)
    }
}

/// A fold's result as the type that a reduced table has.
func reduced<Value: CellConvertible>(_ cell: Cell?) throws -> Value? { try converted(cell, to: Value.self) }

/// A function's result as the Swift type that is needed.
func converted<Value: CellConvertible>(_ cell: Cell?, to _: Value.Type) throws -> Value? {
    guard let cell else { return nil }
    guard let value = Value(cell) else { throw CaseError("a function gave \(cell.text) for a \(Value.self)") }
    return value
}

import KafkaProtocol

@testable import Millrace

/// The rows of a backing as plain dictionaries, sorted when they are asked for: what a database is compared with.
final class RowModel: RowBacking {
    struct State: Equatable {
        var rows: [String: [Bytes: Bytes]] = [:]
        var mark: Bytes?
    }

    let openedMark: Bytes?
    private var families: [String: RowFamily] = [:]
    private(set) var state: State
    /// The state at each commit, the first one before any.
    private(set) var commits: [State]
    private var borrowed = Bytes()

    init(_ state: State = State()) {
        self.state = state
        openedMark = state.mark
        commits = [state]
        for name in state.rows.keys { _ = family(name) }
    }

    var familyNames: [String] { families.keys.sorted() }

    func hasFamily(_ name: String) -> Bool { families[name] != nil }

    func family(_ name: String) -> RowFamily {
        if let family = families[name] { return family }
        let family = RowFamily(name: name, number: 0, place: 0, rowCount: state.rows[name]?.count ?? 0)
        families[name] = family
        if state.rows[name] == nil { state.rows[name] = [:] }
        return family
    }

    func borrow(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws -> UnsafeRawBufferPointer? {
        guard let value = state.rows[family.name]?[Bytes(copying: key)] else { return nil }
        borrowed = value
        return value.withUnsafeBytes { $0 }
    }

    func scan(_ range: RowRange, of family: RowFamily, reversed: Bool) throws -> any RowCursor {
        let rows = (state.rows[family.name] ?? [:]).sorted { $0.key < $1.key }.filter { row in
            if let lower = range.lower, row.key < lower { return false }
            if let upper = range.upper, !(row.key < upper) { return false }
            return true
        }
        return Cursor(rows: reversed ? rows.reversed() : rows)
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: RowFamily, isNew: Bool) throws {
        state.rows[family.name, default: [:]][Bytes(copying: key)] = Bytes(copying: value)
        if isNew { family.rowCount += 1 }
    }

    func delete(_ key: UnsafeRawBufferPointer, in family: RowFamily) throws {
        state.rows[family.name]?[Bytes(copying: key)] = nil
        family.rowCount -= 1
    }

    func clear(_ family: RowFamily) {
        state.rows[family.name] = [:]
        family.rowCount = 0
    }

    func drop(_ family: RowFamily) {
        state.rows[family.name] = nil
        families[family.name] = nil
    }

    var failure: RowDatabaseError? { nil }

    func commit(_ mark: Bytes, writesOut: Bool = false) throws {
        state.mark = mark
        commits.append(state)
    }

    func blockage() throws -> RowBlockage? { nil }

    func close() throws {}

    final class Cursor: RowCursor {
        private let rows: [(key: Bytes, value: Bytes)]
        private var place = -1
        init(rows: [(key: Bytes, value: Bytes)]) { self.rows = rows }

        func advance() throws -> Bool {
            place += 1
            return place < rows.count
        }
        var key: UnsafeRawBufferPointer { rows[place].key.withUnsafeBytes { $0 } }
        var value: UnsafeRawBufferPointer { rows[place].value.withUnsafeBytes { $0 } }
    }
}

extension RowBacking {
    func put(_ key: Bytes, _ value: Bytes, in family: RowFamily) throws {
        let isNew = try get(key, in: family) == nil
        try key.withUnsafeBytes { key throws in
            try value.withUnsafeBytes { value throws in try put(key, value, in: family, isNew: isNew) }
        }
    }

    func delete(_ key: Bytes, in family: RowFamily) throws {
        guard try get(key, in: family) != nil else { return }
        try key.withUnsafeBytes { key throws in try delete(key, in: family) }
    }

    func get(_ key: Bytes, in family: RowFamily) throws -> Bytes? {
        try key.withUnsafeBytes { key throws in try withValue(of: key, in: family) { $0.map { Bytes(copying: $0) } } }
    }

    func rows(
        _ range: RowRange = RowRange(), of family: RowFamily, reversed: Bool = false
    ) throws -> [[Bytes]] {
        try scan(range, of: family, reversed: reversed).all()
    }

    /// All there is.
    func dump() throws -> [String: [Bytes: Bytes]] {
        var all: [String: [Bytes: Bytes]] = [:]
        for name in familyNames {
            all[name] = Dictionary(uniqueKeysWithValues: try rows(of: family(name)).map { ($0[0], $0[1]) })
        }
        return all
    }
}

extension RowCursor {
    /// The rows that are left: keys with their values.
    func all() throws -> [[Bytes]] {
        var rows: [[Bytes]] = []
        while try advance() { rows.append([Bytes(copying: key), Bytes(copying: value)]) }
        return rows
    }
}

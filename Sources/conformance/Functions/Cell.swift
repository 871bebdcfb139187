import KafkaProtocol
import Millrace

/// A key or value of a case. Texts are equal if their bytes are, as the reference has it: two forms of one letter are two
/// texts.
enum Cell: Hashable, Sendable {
    case string(String)
    case int64(Int64)
    indirect case windowed(Cell, Window)

    static func == (a: Cell, b: Cell) -> Bool {
        switch (a, b) {
        case (.string(let a), .string(let b)): a.isSame(as: b)
        case (.int64(let a), .int64(let b)): a == b
        case (.windowed(let a, let window), .windowed(let b, let other)): a == b && window == other
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .int64(let integer): hasher.combine(integer)
        case .windowed(let key, let window):
            hasher.combine(key)
            hasher.combine(window)
        }
    }

    /// What the format calls `text(x)`.
    var text: String {
        switch self {
        case .string(let text): text
        case .int64(let integer): String(integer)
        case .windowed(let key, let window): "\(key.text)@\(window.start)/\(window.end)"
        }
    }

    var integer: Int64? { if case .int64(let integer) = self { integer } else { nil } }

    /// Strings by character code, integers by value.
    func comesBefore(_ other: Cell) -> Bool {
        if let integer, let otherInteger = other.integer { return integer < otherInteger }
        return text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }
}

extension Cell? {
    var text: String { self?.text ?? "null" }
}

/// The type of a key or value.
indirect enum CellType: Equatable, Sendable {
    case string
    case int64
    case timeWindowed(CellType, size: Int64)
    case sessionWindowed(CellType)

    init(_ name: String) throws {
        switch name {
        case "string": self = .string
        case "int64": self = .int64
        default: throw CaseError("no type is called \(name)")
        }
    }

    /// The type of a literal.
    init(of cell: Cell) {
        if case .int64 = cell { self = .int64 } else { self = .string }
    }

    var isWindowed: Bool { self != .string && self != .int64 }

    /// How cells of the type are written: as Millrace's own serdes write them.
    var serde: Serde<Cell> {
        switch self {
        case .string:
            return Serde<String>.string.map({ .string($0) }) { cell in
                guard case .string(let text) = cell else { throw SerdeError("\(cell.text) is not a string") }
                return text
            }
        case .int64:
            return Serde<Int64>.int64.map({ .int64($0) }) { cell in
                guard case .int64(let integer) = cell else { throw SerdeError("\(cell.text) is not an integer") }
                return integer
            }
        case .timeWindowed(let inner, let size): return Self.windowed(.timeWindowed(inner.serde, size: size))
        case .sessionWindowed(let inner): return Self.windowed(.sessionWindowed(inner.serde))
        }
    }

    private static func windowed(_ serde: Serde<Windowed<Cell>>) -> Serde<Cell> {
        serde.map({ $0.cell }) { cell in
            guard let key = Windowed<Cell>(cell) else { throw SerdeError("\(cell.text) is not a windowed key") }
            return key
        }
    }
}

/// A Swift type that stands for cells of some kind in a topology.
protocol CellConvertible: Hashable, Sendable {
    var cell: Cell { get }
    /// Nil if the cell is of another type.
    init?(_ cell: Cell)
    /// The serde of this type for cells of a type.
    static func serde(_ type: CellType) throws -> Serde<Self>
    /// The `suppress` of windowed keys.
    static func suppressed<Value>(_ table: KTable<Self, Value>, named: Named?) throws -> KTable<Self, Value>
}

extension CellConvertible {
    static func suppressed<Value>(_ table: KTable<Self, Value>, named: Named?) throws -> KTable<Self, Value> {
        throw CaseError("suppress until windows close needs windowed keys")
    }
}

extension Cell: CellConvertible {
    var cell: Cell { self }
    init?(_ cell: Cell) { self = cell }
    static func serde(_ type: CellType) -> Serde<Cell> { type.serde }
}

extension Int64: CellConvertible {
    var cell: Cell { .int64(self) }
    init?(_ cell: Cell) {
        guard let integer = cell.integer else { return nil }
        self = integer
    }
    static func serde(_ type: CellType) -> Serde<Int64> { .int64 }
}

extension Windowed: CellConvertible where Key: CellConvertible {
    var cell: Cell { .windowed(key.cell, window) }
    init?(_ cell: Cell) {
        guard case .windowed(let inner, let window) = cell, let key = Key(inner) else { return nil }
        self.init(key, window)
    }
    static func serde(_ type: CellType) throws -> Serde<Windowed<Key>> {
        switch type {
        case .timeWindowed(let inner, let size): return .timeWindowed(try Key.serde(inner), size: size)
        case .sessionWindowed(let inner): return .sessionWindowed(try Key.serde(inner))
        default: throw CaseError("no windowed key")
        }
    }
    static func suppressed<Value>(_ table: KTable<Self, Value>, named: Named?) -> KTable<Self, Value> {
        table.suppress(.untilWindowCloses(name: named))
    }
}

import Millrace

/// A record or the entry of a store, as cases write them.
struct CaseRecord: Equatable, Sendable, CustomStringConvertible {
    var key: Cell?
    var window: Window?
    var value: Cell?
    var timestamp: Int64?
    var headers: [[String]] = []
    /// The step that it came out at; nil for inputs and stores.
    var step: Int?

    init(key: Cell?, value: Cell?, timestamp: Int64?, headers: [[String]] = [], step: Int? = nil) {
        if case .windowed(let inner, let window)? = key {
            self.key = inner
            self.window = window
        } else {
            self.key = key
        }
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
        self.step = step
    }

    init(_ fields: Fields) throws {
        key = try fields.cell("key")
        value = try fields.cell("value")
        timestamp = try fields.optionalInteger("timestamp")
        if let start = try fields.optionalInteger("windowStart") {
            window = Window(start: start, end: try fields.integer("windowEnd"))
        }
        headers = try fields.list("headers").map { header in
            guard case .array(let pair) = header, pair.count == 2, case .string(let name) = pair[0],
                case .string(let text) = pair[1]
            else { throw CaseError("\(fields.what): a header is not a pair of strings") }
            return [name, text]
        }
        step = try fields.optionalInteger("step").map { Int($0) }
    }

    var description: String {
        var text = key.described
        if let window { text += "@\(window.start)/\(window.end)" }
        text += " = " + value.described
        if let timestamp { text += ", timestamp \(timestamp)" }
        if !headers.isEmpty { text += ", headers \(headers)" }
        if let step { text += ", step \(step)" }
        return text
    }

    /// The order of the entries of an expected store.
    func comesBefore(_ other: CaseRecord) -> Bool {
        if let key, let otherKey = other.key, key != otherKey { return key.comesBefore(otherKey) }
        guard let window, let otherWindow = other.window else { return false }
        return window < otherWindow
    }
}

extension Cell? {
    /// The cell for messages: strings in quotation marks.
    fileprivate var described: String {
        if case .string(let text)? = self { "\"\(text)\"" } else { text }
    }
}

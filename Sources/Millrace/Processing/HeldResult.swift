public import KafkaProtocol

/// A result that waited in a store, for a commit, for its time or for a match, and after which a step threw when it left.
/// The record that was being processed then is another, so what the policy for bad records says is done with the result.
@usableFromInline
struct HeldResult {
    /// The step that held it back.
    @usableFromInline let step: String
    @usableFromInline let key: Bytes?
    /// How many of the key's last bytes say which window it is in.
    @usableFromInline let windowBytes: Int
    @usableFromInline let value: Bytes?
    @usableFromInline let timestamp: Int64
    @usableFromInline let headers: [RecordHeader]

    @usableFromInline init(
        step: String, key: Bytes?, windowBytes: Int, value: Bytes?, timestamp: Int64, headers: [RecordHeader]
    ) {
        self.step = step
        self.key = key
        self.windowBytes = windowBytes
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }
}

/// How keys and values that a step holds back are written.
@usableFromInline
struct HeldSerdes<Key, Value> {
    @usableFromInline let key: Serde<Key>
    @usableFromInline let value: Serde<Value>

    @usableFromInline init(_ key: Serde<Key>, _ value: Serde<Value>) {
        self.key = key
        self.value = value
    }
}

extension TaskContext {
    /// Has `send` send a result that `step` held back. What it throws is not the fault of the record being processed, and
    /// must not keep the results after it from leaving.
    @inlinable
    func release<Key, Value>(
        of step: String, _ key: Key, _ value: Value?, _ serdes: HeldSerdes<Key, Value>, timestamp: Int64,
        headers: [RecordHeader], _ send: () throws -> Void
    ) throws {
        // What cannot be written is left out, of what is told as well.
        func result() -> HeldResult {
            HeldResult(
                step: step, key: try? serdes.key.bytes(of: key), windowBytes: serdes.key.windowBytes,
                value: value.flatMap { try? serdes.value.bytes(of: $0) }, timestamp: timestamp, headers: headers)
        }
        let before = noted
        do {
            try send()
        } catch {
            try setAsideHeld(result(), error)
        }
        if noted != before { claim(after: before, result()) }
    }
}

public import Millrace

/// A window store of a topology under test, to look into and to write; see `TestKeyValueStore`. Windows out of
/// retention are not there.
public struct TestWindowStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateWindows<Key, Value>?

    /// The value of `key` in the window that starts at `start`, in milliseconds.
    public func get(_ key: Key, start: Int64) -> Value? { access()?.fetch(key, start: start)?.value }

    /// The rows of `key` whose windows start in `range`, in order of their windows.
    public func fetch(
        _ key: Key, startingIn range: ClosedRange<Int64> = Int64.min...Int64.max
    ) -> [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        all.filter { $0.key.key == key && range.contains($0.key.window.start) }
    }

    /// All rows, in order of their windows.
    public var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        rows.sorted { $0.key.window < $1.key.window }
    }

    /// All rows by key and window. Keys that this process has written can be written again.
    private var rows: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        (try? access()?.all).map(Array.init) ?? []
    }

    /// All values by key and window.
    public var values: [Windowed<Key>: Value] {
        Dictionary(all.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Sets the value of `key` in the window that starts at `start`; nil deletes it.
    public func put(_ key: Key, start: Int64, _ value: Value?, timestamp: Int64? = nil) throws {
        try access()?.put(key, value, start: start, timestamp: timestamp ?? max(0, start))
    }
}

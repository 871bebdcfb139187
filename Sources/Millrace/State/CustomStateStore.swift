public import KafkaProtocol

/// A store of one's own for processors: Kafka Streams' `StateStore` as users write it.
///
/// One is made for each task and belongs to it, so it needs no locks. It begins empty: what it had is in its changelog,
/// whose latest record per key is put back through `restore` before the first record is processed. With each commit
/// `flush` is called and writes what has changed since the last one.
/// ```swift
/// final class Largest: CustomStateStore {
///     private(set) var value: Int64?
///     private var isChanged = false
///
///     func offer(_ other: Int64) {
///         guard other > value ?? .min else { return }
///         (value, isChanged) = (other, true)
///     }
///     func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
///         self.value = try value.map { try Serde.int64.decode($0) }
///     }
///     func flush(_ changelog: StoreChangelogWriter) throws {
///         guard isChanged, let value else { return }
///         try changelog.write(key: Bytes(utf8: "largest"), value: Serde.int64.bytes(of: value))
///         isChanged = false
///     }
/// }
/// let store = StoreBuilder.custom("largest") { Largest() }
/// ```
/// A processor gets it by `context.customStore("largest", as: Largest.self)`.
public protocol CustomStateStore: AnyObject {
    /// Puts one record of the changelog back; a nil value deletes. The bytes are a slice of what was fetched: keep
    /// `detached()` copies.
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws
    /// Writes what has changed since the last call. Called with each commit.
    func flush(_ changelog: StoreChangelogWriter) throws
    /// The task has ended, after its last commit or by a failure. Called once.
    func close() throws
}

extension CustomStateStore {
    /// Does nothing.
    public func close() throws {}
}

/// A custom store among a task's stores.
final class CustomStoreHost: StateStore {
    let name: String
    let store: any CustomStateStore
    private let changelog: StoreChangelogWriter

    init(name: String, store: any CustomStateStore, changelog: ChangelogWriter?) {
        self.name = name
        self.store = store
        self.changelog = StoreChangelogWriter(writer: changelog)
    }

    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        try store.restore(key: key, value: value, timestamp: timestamp)
    }

    func flush() throws {
        do {
            try store.flush(changelog)
        } catch {
            // Not the fault of a record that could be set aside: state that is not written would be lost.
            throw error as? StreamsError
                ?? StreamsError(.processing, "the store \(name) cannot write its changes", underlying: error)
        }
    }

    func close() throws { try store.close() }
}

extension StoreBuilder {
    /// A store of one's own, made by `make` for each task.
    public static func custom(
        _ name: String, logged: Bool = true, _ make: @escaping @Sendable () throws -> any CustomStateStore
    ) -> StoreBuilder {
        StoreBuilder(
            StoreDefinition(name: name, isLogged: logged) { assembly in
                CustomStoreHost(name: name, store: try make(), changelog: assembly.changelog(of: name))
            })
    }
}

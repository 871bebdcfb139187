public import KafkaProtocol

/// A store to be made for processors, under a name that is unique in the topology: Kafka Streams' `StoreBuilder`.
/// Processors that name the same store share it, and so are in one sub-topology.
public struct StoreBuilder: Sendable {
    /// The store's name.
    public let name: String
    @usableFromInline let definition: StoreDefinition
    @usableFromInline let fault: String?
    /// The store as one that all tasks of an instance read; nil for kinds that cannot be.
    let global: StoreDefinition?

    @usableFromInline init(_ definition: StoreDefinition, global: StoreDefinition? = nil, fault: String? = nil) {
        self.name = definition.name
        self.definition = definition
        self.global = global
        self.fault = fault
    }

    /// A store of values by key, each with a timestamp: Kafka Streams' key-value and timestamped key-value stores in one.
    /// Serdes that are not named are the types' own. `store` says what keeps the rows; nil for
    /// `StreamsConfiguration.defaultStore`.
    @inlinable
    public static func keyValue<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil, logged: Bool = true, store: StoreEngine? = nil
    ) -> StoreBuilder {
        guard let key = key ?? .standard(), let value = value ?? .standard() else { return missingSerde(name) }
        return StoreBuilder(
            .keyValue(name, key: key, value: value, changelog: StoreChangelog(isEnabled: logged), store),
            global: StoreDefinition(name: name, isLogged: false) { _ in GlobalStore(name: name, key: key, value: value) }
                .holding(.keyValue, key, value))
    }

    /// A store of values by key and start of a window of that size.
    @inlinable
    public static func window<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, size: Duration, retention: Duration, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        logged: Bool = true, store: StoreEngine? = nil
    ) -> StoreBuilder {
        guard let key = key ?? .standard(), let value = value ?? .standard() else { return missingSerde(name) }
        let (sizeMs, retentionMs) = (size.milliseconds, retention.milliseconds)
        let definition = StoreDefinition(name: name, isLogged: logged) { assembly in
            TimedStore<Key, Value>(
                name: name, key: key, value: value, layout: .starts(size: sizeMs), retentionMs: retentionMs,
                changelog: assembly.changelog(of: name), context: assembly.context)
        }.kept(by: store, .entries(.starts(size: sizeMs), retentionMs: retentionMs)).holding(.window, key, value)
        let isFaulty = sizeMs < 0 || retentionMs < sizeMs
        return StoreBuilder(
            definition, fault: isFaulty ? "the retention of the store \(name) is shorter than a window" : nil)
    }

    /// A store of values by key and session.
    @inlinable
    public static func session<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, retention: Duration, key: Serde<Key>? = nil, value: Serde<Value>? = nil, logged: Bool = true,
        store: StoreEngine? = nil
    ) -> StoreBuilder {
        guard let key = key ?? .standard(), let value = value ?? .standard() else { return missingSerde(name) }
        let retentionMs = retention.milliseconds
        let definition = StoreDefinition(name: name, isLogged: logged) { assembly in
            TimedStore<Key, Value>(
                name: name, key: key, value: value, layout: .sessions, retentionMs: retentionMs,
                changelog: assembly.changelog(of: name), context: assembly.context)
        }.kept(by: store, .entries(.sessions, retentionMs: retentionMs)).holding(.session, key, value)
        return StoreBuilder(
            definition, fault: retentionMs < 0 ? "the retention of the store \(name) is negative" : nil)
    }

    /// A store of what values were at earlier times, for `historyRetention` before the largest timestamp put: Kafka
    /// Streams' `Stores.persistentVersionedKeyValueStore` (KIP-889).
    @inlinable
    public static func versioned<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, historyRetention: Duration, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        logged: Bool = true, store: StoreEngine? = nil
    ) -> StoreBuilder {
        guard let key = key ?? .standard(), let value = value ?? .standard() else { return missingSerde(name) }
        let retentionMs = historyRetention.milliseconds
        return StoreBuilder(
            .versioned(
                name, key: key, value: value, retentionMs: retentionMs, changelog: StoreChangelog(isEnabled: logged), store),
            fault: retentionMs < 0 ? "the history retention of the store \(name) is negative" : nil)
    }

    @usableFromInline
    static func missingSerde(_ name: String) -> StoreBuilder {
        let message = "the store \(name) needs a serde for its keys or its values: name one"
        return StoreBuilder(
            StoreDefinition(name: name) { _ in throw StreamsError(.invalidTopology, message) }, fault: message)
    }
}

extension StreamsBuilder {
    /// Adds a store for processors that name it. Stores given to `process` need not be added. Adding one twice adds it
    /// once.
    public func addStateStore(_ store: StoreBuilder) {
        guard processorStores.insert(store.name).inserted else { return }
        if let fault = store.fault { self.fault(fault) }
        let definition = store.definition
        addStore { definition }
    }
}

import KafkaProtocol

/// How a table's state is kept: Kafka Streams' `Materialized`. Stores are of the kind that the step needs: rows by key, by
/// window, by session, or `versioned`.
///
/// ```swift
/// clicks.groupByKey().count(.as("clicks").caching(false).logging(config: ["min.cleanable.dirty.ratio": "0.1"]))
/// ```
public struct Materialized<Key, Value>: StepOptions, Sendable {
    /// The store's name; nil for a generated one. A named store keeps its changelog when steps are added before it.
    public var name: String?
    /// The serde of keys; nil for the one the step has.
    public var key: Serde<Key>?
    /// The serde of values; nil for the type's own.
    public var value: Serde<Value>?
    /// How long windowed stores keep a window after its start, in milliseconds; nil for as long as it is open. Other
    /// stores keep rows until they are deleted.
    public var retentionMs: Int64?
    /// How long a versioned store keeps what rows were, in milliseconds; nil for a store without history.
    public var historyRetentionMs: Int64?
    /// Whether there is a changelog topic, from which the store is restored, and its settings.
    public var changelog = StoreChangelog()
    /// Whether updates of a key between two commits may be collapsed before they go downstream, as the application's
    /// `cacheBytes` allow.
    public var isCached = true
    /// What keeps the rows; nil for `StreamsConfiguration.defaultStore`. Kafka Streams' `withStoreType`.
    public var store: StoreEngine?

    /// A store with these settings; without arguments, one with a generated name.
    public init(
        as name: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil, retention: Duration? = nil,
        store: StoreEngine? = nil
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.retentionMs = retention?.milliseconds
        self.store = store
    }

    /// A store called `name`, with serdes where the step does not have them.
    public static func `as`(_ name: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil) -> Materialized {
        Materialized(as: name, key: key, value: value)
    }
    /// A store with a serde for its keys.
    public static func key(_ serde: Serde<Key>) -> Materialized { Materialized(key: serde) }
    /// A store with a serde for its values.
    public static func value(_ serde: Serde<Value>) -> Materialized { Materialized(value: serde) }
    /// A store that keeps windows so long after their start; see `retentionMs`.
    public static func retention(_ retention: Duration) -> Materialized { Materialized(retention: retention) }

    /// The same with a serde for its keys.
    public func key(_ serde: Serde<Key>) -> Materialized { with(\.key, serde) }
    /// The same with a serde for its values.
    public func value(_ serde: Serde<Value>) -> Materialized { with(\.value, serde) }
    /// The same with windows kept so long after their start; see `retentionMs`.
    public func retention(_ retention: Duration) -> Materialized { with(\.retentionMs, retention.milliseconds) }

    /// The same with updates between commits collapsed or not: Kafka Streams' `withCachingEnabled` and `-Disabled`.
    public func caching(_ isOn: Bool) -> Materialized { with(\.isCached, isOn) }

    /// The same with its rows kept by `engine`.
    public func store(_ engine: StoreEngine) -> Materialized { with(\.store, engine) }

    /// The same with a changelog topic or without: Kafka Streams' `withLoggingEnabled` and `-Disabled`.
    public func logging(_ isOn: Bool) -> Materialized { with(\.changelog, StoreChangelog(isEnabled: isOn)) }

    /// The same with a changelog topic that has these settings.
    public func logging(config: [String: String]) -> Materialized { with(\.changelog, StoreChangelog(config: config)) }
}

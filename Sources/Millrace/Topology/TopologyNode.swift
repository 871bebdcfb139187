/// One node of a topology: its name, what it is connected to, and how it is put together in a task.
@usableFromInline
struct TopologyNode: Sendable {
    /// What a node is.
    @usableFromInline
    enum Kind: Sendable {
        /// Reads topics.
        case source(topics: [TopicReference], reset: OffsetReset?)
        /// Handles records.
        case processor
        /// Writes a topic; nil if records choose theirs.
        case sink(topic: TopicReference?)
    }

    @usableFromInline var name: String
    @usableFromInline var kind: Kind
    @usableFromInline var parents: [String]
    @usableFromInline var stores: [String]
    /// Whether the step before it keeps a record only if this one takes it, so that what fails here has failed there.
    @usableFromInline var failsWithParent: Bool
    /// Registers the node's input with a task that is being assembled. Children are assembled before their parents.
    @usableFromInline let install: @Sendable (TaskAssembly) throws -> Void

    @usableFromInline init(
        name: String, kind: Kind, parents: [String], stores: [String] = [], failsWithParent: Bool = false,
        install: @escaping @Sendable (TaskAssembly) throws -> Void
    ) {
        self.name = name
        self.kind = kind
        self.parents = parents
        self.stores = stores
        self.failsWithParent = failsWithParent
        self.install = install
    }
}

/// A topic by name: the user's as written, an internal one without the application's prefix. Or the user's topics that match a
/// pattern, until it is known which these are (`Topology.matching`).
@usableFromInline
struct TopicReference: Hashable, Sendable {
    @usableFromInline let name: String
    @usableFromInline let isInternal: Bool
    /// Whether the name is a regular expression.
    @usableFromInline let isPattern: Bool

    @usableFromInline init(_ name: String, isInternal: Bool = false, isPattern: Bool = false) {
        self.name = name
        self.isInternal = isInternal
        self.isPattern = isPattern
    }

    /// The topic's name on the broker.
    @usableFromInline func resolved(applicationID: String) -> String { isInternal ? "\(applicationID)-\(name)" : name }
}

/// A store of a topology: how it is made, and whether it has a changelog topic.
@usableFromInline
struct StoreDefinition: Sendable {
    @usableFromInline var name: String
    /// Whether changes go to a changelog topic.
    @usableFromInline var isLogged: Bool
    /// Settings of the changelog topic in place of, or beside, those that it has anyway.
    @usableFromInline var changelogConfig: [String: String]
    /// What keeps the changelog from growing for ever.
    @usableFromInline var cleanup: ChangelogCleanup
    @usableFromInline var make: @Sendable (TaskAssembly) throws -> any StateStore
    /// The source topic that serves as the changelog, if there is one.
    var sourceTopic: TopicReference?
    /// What keeps the rows; nil for what the application says.
    @usableFromInline var engine: StoreEngine?
    /// How the kind of store has its rows on disk; nil for one that cannot.
    @usableFromInline var diskLayout: DiskLayout?
    /// What it has; nil for a store that cannot be queried.
    var contents: StoreContents?
    /// Whether they are there.
    var isOnDisk: Bool { diskLayout != nil && engine == .rocksDB }

    @usableFromInline init(
        name: String, isLogged: Bool = true, changelogConfig: [String: String] = [:],
        cleanup: ChangelogCleanup = .compaction, make: @escaping @Sendable (TaskAssembly) throws -> any StateStore
    ) {
        self.name = name
        self.isLogged = isLogged
        self.changelogConfig = changelogConfig
        self.cleanup = cleanup
        self.make = make
    }

    @usableFromInline init(
        name: String, changelog: StoreChangelog, cleanup: ChangelogCleanup = .compaction,
        make: @escaping @Sendable (TaskAssembly) throws -> any StateStore
    ) {
        self.init(
            name: name, isLogged: changelog.isEnabled, changelogConfig: changelog.config, cleanup: cleanup, make: make)
    }

    /// The same with the engine that was asked for, and how rows of the kind of store are on disk; nil if they cannot be there.
    @usableFromInline
    func kept(by engine: StoreEngine?, _ layout: DiskLayout? = nil) -> StoreDefinition {
        var copy = self
        copy.engine = engine
        copy.diskLayout = layout
        return copy
    }

    /// The changelog topic without the application's prefix.
    var changelog: TopicReference { TopicReference("\(name)-changelog", isInternal: true) }

    /// Has the store restored from a source topic in place of a changelog of its own.
    mutating func reuse(_ topic: TopicReference) {
        isLogged = false
        sourceTopic = topic
    }
}

/// A repartition topic of a topology.
@usableFromInline
struct RepartitionDefinition: Sendable {
    @usableFromInline var topic: TopicReference
    /// The number of partitions asked for; nil to take that of the sub-topology that writes it.
    @usableFromInline var partitions: Int32?

    @usableFromInline init(topic: TopicReference, partitions: Int32?) {
        self.topic = topic
        self.partitions = partitions
    }
}

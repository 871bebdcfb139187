/// A graph of sources, processors and sinks with their state stores: what an application, a test driver or `describe()`
/// takes. A value without running parts; share it freely.
///
/// A `StreamsBuilder` builds one from streams and tables. It can also be put together node by node (`addSource`,
/// `addProcessor`, `addSink`, `addStateStore`), and what a builder has built can be extended so: its steps are parents
/// under the names that they were given or that `describe()` shows. Those of tables send `Change`s of rows.
public struct Topology: Sendable {
    @usableFromInline var nodes: [TopologyNode] = []
    @usableFromInline var stores: [String: StoreDefinition] = [:]
    @usableFromInline var repartitionTopics: [RepartitionDefinition] = []
    @usableFromInline var globalNodes: Set<String> = []
    /// Groups of source topics whose partition counts must be equal, by the step that asks for it.
    @usableFromInline var copartitioned: [(step: String, topics: [TopicReference])] = []

    /// The policies for bad records of single steps.
    var policies: [String: BadRecordPolicy] = [:]
    /// Steps that a step of the DSL is made of, beside the one that has its name, with that.
    var partsOfSteps: [String: String] = [:]

    /// The names that the builder made up, and what it put before their numbers.
    @usableFromInline var generatedNames: [String: String] = [:]

    /// The types of the records that steps send, as far as they can be named as parents.
    @usableFromInline var outputs: [String: RecordType] = [:]

    /// What is allowed and yet hardly meant, each with the step that it is about: a join whose records never match.
    /// `StreamsBuilder.build` finds it; an application tells it at its start, `processor describe` too.
    public internal(set) var warnings: [String] = []

    /// A topology without nodes.
    public init() {}

    /// The node with that name.
    func node(_ name: String) -> TopologyNode? { nodes.first { $0.name == name } }

    /// The names of the steps that read or write a topic.
    func steps(using topic: TopicReference) -> [String] {
        nodes.filter { node in
            switch node.kind {
            case .source(let topics, _): topics.contains(topic)
            case .sink(let written): written == topic
            case .processor: false
            }
        }.map(\.name)
    }

    /// The named steps and all that comes before them, by way of internal topics too.
    func steps(before names: Set<String>) -> Set<String> {
        var found = names
        var open = Array(names)
        while let name = open.popLast(), let node = node(name) {
            var before = node.parents
            if case .source(let topics, _) = node.kind {
                before += nodes.filter { node in
                    guard case .sink(let topic?) = node.kind else { return false }
                    return topic.isInternal && topics.contains(topic)
                }.map(\.name)
            }
            open += before.filter { found.insert($0).inserted }
        }
        return found
    }

    /// All topics read, the user's and internal ones.
    var sourceTopics: Set<TopicReference> {
        nodes.reduce(into: []) { if case .source(let topics, _) = $1.kind { $0.formUnion(topics) } }
    }

    /// All topics written by name, the user's and internal ones.
    var sinkTopics: Set<TopicReference> {
        nodes.reduce(into: []) { if case .sink(let topic?) = $1.kind { $0.insert(topic) } }
    }

    /// The names of the user's topics that the topology reads.
    public var userSourceTopics: [String] { sourceTopics.filter { !$0.isInternal && !$0.isPattern }.map(\.name).sorted() }

    /// The patterns of names of the user's topics that the topology reads.
    public var userSourcePatterns: [String] { sourceTopics.filter(\.isPattern).map(\.name).sorted() }

    /// The names of the user's topics that the topology writes.
    public var userSinkTopics: [String] { sinkTopics.filter { !$0.isInternal }.map(\.name).sorted() }
}

/// A repartition topic that an aggregate or a join needs, and how its steps are made under other names.
@usableFromInline
struct MergeableRepartition {
    @usableFromInline let topic: TopicReference
    @usableFromInline let filter: String
    @usableFromInline let sink: String
    @usableFromInline let source: String
    /// The filter, the sink and the source, with names that come from the topic's, after that parent.
    @usableFromInline let make: (_ parent: String) -> [TopologyNode]

    @usableFromInline init(
        topic: TopicReference, filter: String, sink: String, source: String,
        make: @escaping (_ parent: String) -> [TopologyNode]
    ) {
        self.topic = topic
        self.filter = filter
        self.sink = sink
        self.source = source
        self.make = make
    }
}

/// What is known about the steps of a topology that decides which repartition topics become one.
struct StepTraits {
    var keyChanging: Set<String> = []
    var valueChanging: Set<String> = []
    /// The steps that bring two streams together.
    var merges: Set<String> = []
    /// Those of them whose streams both have changed keys.
    var rekeyedMerges: Set<String> = []
    /// The joins whose results include records without a key.
    var relaxedJoins: Set<String> = []
}

extension Topology {
    /// Replaces the repartition topics that come after one change of the key by one right after that change. Where
    /// streams are merged on the way, the topic comes after the merge. A change of values on the way keeps a topic where
    /// it is.
    ///
    /// The rules are those of Kafka Streams, but for what it rejects or gets wrong: topics are not merged across a
    /// `merge` with another re-keyed stream, whose records would miss the repartitioning.
    mutating func merge(_ repartitions: [MergeableRepartition], _ traits: StepTraits) {
        for (change, members) in repartitionGroups(repartitions, traits) {
            guard let first = members.first else { continue }
            let made = first.make(change)
            guard let source = made.last?.name else { continue }
            let starts = members.compactMap { member in
                ancestor(of: member.filter) { self.parents(of: $0).contains(change) }
            }
            // What comes right after the change comes after the topic now, and what came after a topic comes after
            // what came before it. The new source may have the name of one that goes, so it stands by until those went.
            let standIn = "\(source) to be"
            let lasts = members.map { node($0.filter)?.parents.first ?? change }
            for index in nodes.indices where starts.contains(nodes[index].name) {
                nodes[index].replaceParent(change, by: standIn)
            }
            for (member, last) in zip(members, lasts) {
                nodes.removeAll { [member.filter, member.sink, member.source].contains($0.name) }
                for index in nodes.indices {
                    nodes[index].replaceParent(member.source, by: last == change ? standIn : last)
                }
                replace(member.topic, by: first.topic)
            }
            for index in nodes.indices { nodes[index].replaceParent(standIn, by: source) }
            if let place = nodes.firstIndex(where: { $0.name == change }) {
                nodes.insert(contentsOf: made, at: place + 1)
            }
        }
    }

    /// The repartition topics that become one, by the step that the one comes after.
    private func repartitionGroups(
        _ repartitions: [MergeableRepartition], _ traits: StepTraits
    ) -> [(change: String, members: [MergeableRepartition])] {
        let byFilter = Dictionary(repartitions.map { ($0.filter, $0) }, uniquingKeysWith: { first, _ in first })
        var groups: [(change: String, members: [MergeableRepartition])] = []
        for node in nodes {
            if traits.keyChanging.contains(node.name) {
                groups.append((node.name, []))
            } else if let repartition = byFilter[node.name] {
                let change = ancestor(of: node.name) { traits.keyChanging.contains($0) }
                let nearest = ancestor(of: node.name) {
                    traits.keyChanging.contains($0) || traits.valueChanging.contains($0)
                }
                guard let change, change == nearest, let group = groups.firstIndex(where: { $0.change == change })
                else { continue }
                groups[group].members.append(repartition)
            }
        }
        // A merge takes over the topics of the changes before it if all of them come after it.
        var taken: Set<String> = []
        var merged: [(change: String, members: [MergeableRepartition])] = []
        for merge in nodes.map(\.name) where traits.merges.contains(merge) {
            let before = groups.filter { group in
                isAfter(merge, group.change)
                    && group.members.allSatisfy { isAfter($0.filter, merge) && !taken.contains($0.filter) }
            }
            let members = before.flatMap(\.members).filter { !isCut($0, from: merge, traits) }
            taken.formUnion(members.map(\.filter))
            merged.append((merge, members))
        }
        let rest = groups.map { group in
            (
                change: group.change,
                members: group.members.filter { !taken.contains($0.filter) && !isCut($0, from: group.change, traits) }
            )
        }
        return (rest + merged).filter { !$0.members.isEmpty }
    }

    /// Whether other records that need the topic join the stream between a step and the topic.
    private func isCut(_ repartition: MergeableRepartition, from step: String, _ traits: StepTraits) -> Bool {
        traits.rekeyedMerges.contains {
            $0 != step && isAfter(repartition.filter, $0) && isAfter($0, step)
        }
    }

    private func isAfter(_ step: String, _ other: String) -> Bool {
        ancestor(of: step) { parents(of: $0).contains(other) } != nil
    }

    /// The step itself or one before it for which `isIt` is true, through repartition topics too; looked for along the
    /// last parents first, but among the parents of one step in their order.
    private func ancestor(of step: String, _ isIt: (String) -> Bool) -> String? {
        var known: [String: String?] = [:]
        func search(_ step: String) -> String? {
            if let found = known[step] { return found }
            known[step] = .some(nil)
            var found: String?
            if isIt(step) {
                found = step
            } else {
                for parent in parents(of: step) {
                    if isIt(parent) {
                        found = parent
                        break
                    }
                    found = search(parent)
                }
            }
            known[step] = .some(found)
            return found
        }
        return search(step)
    }

    /// The steps that a step gets its records from; for the source of an internal topic those that write it.
    private func parents(of step: String) -> [String] {
        guard let node = node(step) else { return [] }
        guard case .source(let topics, _) = node.kind else { return node.parents }
        return nodes.compactMap { other in
            if case .sink(let topic?) = other.kind, topic.isInternal, topics.contains(topic) { other.name } else { nil }
        }
    }

    private mutating func replace(_ topic: TopicReference, by other: TopicReference) {
        guard topic != other else { return }
        repartitionTopics.removeAll { $0.topic == topic }
        for index in copartitioned.indices {
            copartitioned[index].topics = copartitioned[index].topics.map { $0 == topic ? other : $0 }
        }
    }

    /// Has the repartition topics before joins that keep records without a key keep them; others leave them out.
    mutating func keepNullKeys(
        before joins: Set<String>, _ filters: [String: (_ parent: String) -> TopologyNode]
    ) {
        guard !joins.isEmpty else { return }
        let before = steps(before: joins)
        for index in nodes.indices where before.contains(nodes[index].name) {
            if let make = filters[nodes[index].name], let parent = nodes[index].parents.first {
                nodes[index] = make(parent)
            }
        }
    }
}

extension TopologyNode {
    fileprivate mutating func replaceParent(_ parent: String, by other: String) {
        parents = parents.map { $0 == parent ? other : $0 }
    }
}

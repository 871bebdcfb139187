extension TopologyComparison {
    /// What changes from one topology to another.
    public init(from old: TopologyDescription, to new: TopologyDescription) {
        let pairs = bestPairs(old.subTopologies, new.subTopologies, least: 2) { $0.likeness(to: $1) }
        compareNumbers(old, new, pairs)
        compareStores(old, new, pairs)
        compareTopics(old, new)
        for (before, after) in pairs {
            compareSteps(old.subTopologies[before], new.subTopologies[after])
        }
        let pairedOld = Set(pairs.map(\.old))
        let pairedNew = Set(pairs.map(\.new))
        for (index, part) in old.subTopologies.enumerated() where !pairedOld.contains(index) {
            compareSteps(part, .init(id: part.id, isGlobal: part.isGlobal, nodes: []))
        }
        for (index, part) in new.subTopologies.enumerated() where !pairedNew.contains(index) {
            compareSteps(.init(id: part.id, isGlobal: part.isGlobal, nodes: []), part)
        }
        // A step that went from one sub-topology to another is not new.
        let (removed, added) = (Set(removedSteps), Set(newSteps))
        removedSteps.removeAll { added.contains($0) }
        newSteps.removeAll { removed.contains($0) }
    }

    private mutating func compareNumbers(
        _ old: TopologyDescription, _ new: TopologyDescription, _ pairs: [(old: Int, new: Int)]
    ) {
        let newOfOld = Dictionary(pairs.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first })
        let pairedNew = Set(pairs.map(\.new))
        subTopologies =
            old.subTopologies.enumerated().map { index, part in
                Numbers(old: part.id, new: newOfOld[index].map { new.subTopologies[$0].id })
            }
            + new.subTopologies.enumerated().filter { !pairedNew.contains($0.offset) }
            .map { Numbers(old: nil, new: $0.element.id) }
    }

    private mutating func compareStores(
        _ old: TopologyDescription, _ new: TopologyDescription, _ pairs: [(old: Int, new: Int)]
    ) {
        let (before, after) = (old.stores, new.stores)
        let newNumbers = Dictionary(
            pairs.map { (old.subTopologies[$0.old].id, new.subTopologies[$0.new].id) },
            uniquingKeysWith: { first, _ in first })
        let afterByName = Dictionary(after.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let beforeNames = Set(before.map(\.name))
        orphanedStores = before.filter { afterByName[$0.name] == nil }
        newStores = after.filter { !beforeNames.contains($0.name) }
        let successors = bestPairs(orphanedStores, newStores, least: 4) { old, new in
            let isSamePart = newNumbers[old.subTopology] == new.subTopology
            var likeness = isSamePart ? 2 : 0
            if let kind = old.name.stepKind {
                // The same kind with another number, or one that was given a name now.
                likeness += new.name.stepKind == kind ? 4 : new.name.stepKind == nil ? 2 : 0
            }
            let kinds = Set(old.steps.compactMap(\.stepKind))
            let newKinds = Set(new.steps.compactMap(\.stepKind))
            if !kinds.isDisjoint(with: newKinds) {
                likeness += 3
            }
            // A step of another kind keeps other things.
            else if !kinds.isEmpty, !newKinds.isEmpty {
                return 0
            }
            if !Set(old.steps).isDisjoint(with: new.steps) { likeness += 3 }
            return old.isGlobal == new.isGlobal ? likeness : 0
        }
        let newOfOld = Dictionary(
            successors.map { ($0.old, newStores[$0.new].name) }, uniquingKeysWith: { one, _ in one })
        storeSuccessors = orphanedStores.enumerated().map { Successor(old: $1.name, new: newOfOld[$0]) }
        movedStores = before.compactMap { old in
            guard let new = afterByName[old.name] else { return nil }
            let isSamePart = newNumbers[old.subTopology] == new.subTopology
            guard !isSamePart || old.subTopology != new.subTopology || old.steps != new.steps else { return nil }
            let isTakenOver = !isSamePart && old.name.stepKind != nil && !old.isGlobal
            return Move(old: old, new: new, isTakenOver: isTakenOver)
        }
    }

    private mutating func compareTopics(_ old: TopologyDescription, _ new: TopologyDescription) {
        let (before, after) = (old.topics, new.topics)
        removedSourceTopics = before.sources.subtracting(after.sources).sorted()
        newSourceTopics = after.sources.subtracting(before.sources).sorted()
        removedSinkTopics = before.sinks.subtracting(after.sinks).sorted()
        newSinkTopics = after.sinks.subtracting(before.sinks).sorted()
        let removed = before.repartition.subtracting(after.repartition).sorted()
        newRepartitionTopics = after.repartition.subtracting(before.repartition).sorted()
        let made = newRepartitionTopics
        // The topic of a store is named after it.
        let successorOfStore = Dictionary(
            storeSuccessors.map { ("\($0.old)-repartition", $0.new.map { "\($0)-repartition" }) },
            uniquingKeysWith: { first, _ in first })
        let pairs = bestPairs(removed, made, least: 4) { old, new in
            if successorOfStore[old] == new { return 8 }
            return old.stepKind != nil && old.stepKind == new.stepKind ? 4 : 0
        }
        let newOfOld = Dictionary(pairs.map { ($0.old, made[$0.new]) }, uniquingKeysWith: { first, _ in first })
        orphanedRepartitionTopics = removed.enumerated().map { Successor(old: $1, new: newOfOld[$0]) }
    }

    private mutating func compareSteps(
        _ old: TopologyDescription.SubTopology, _ new: TopologyDescription.SubTopology
    ) {
        let (oldNames, newNames) = (Set(old.nodes.map(\.name)), Set(new.nodes.map(\.name)))
        let before = old.nodes.filter { !newNames.contains($0.name) }
        let after = new.nodes.filter { !oldNames.contains($0.name) }
        let successors = Dictionary(
            (storeSuccessors + orphanedRepartitionTopics).compactMap { pair in pair.new.map { (pair.old, $0) } },
            uniquingKeysWith: { first, _ in first })
        let pairs = bestPairs(before, after, least: 4) { $0.likeness(to: $1, successors) }
        renamedSteps += pairs.sorted { $0.old < $1.old }.map {
            Rename(old: before[$0.old].name, new: after[$0.new].name)
        }
        let (pairedOld, pairedNew) = (Set(pairs.map(\.old)), Set(pairs.map(\.new)))
        removedSteps += before.enumerated().filter { !pairedOld.contains($0.offset) }.map(\.element.name)
        newSteps += after.enumerated().filter { !pairedNew.contains($0.offset) }.map(\.element.name)
    }
}

/// Pairs elements of two lists, the most alike first, each at most once, leaving out what is less alike than `least`.
/// Among equals those at nearly the same places go together.
private func bestPairs<Element>(
    _ old: [Element], _ new: [Element], least: Int, _ likeness: (Element, Element) -> Int
) -> [(old: Int, new: Int)] {
    var candidates: [(likeness: Int, old: Int, new: Int)] = []
    for (i, before) in old.enumerated() {
        for (j, after) in new.enumerated() {
            let alike = likeness(before, after)
            if alike >= least { candidates.append((alike, i, j)) }
        }
    }
    candidates.sort { ($1.likeness, abs($0.old - $0.new), $0.old) < ($0.likeness, abs($1.old - $1.new), $1.old) }
    var (usedOld, usedNew): (Set<Int>, Set<Int>) = ([], [])
    var pairs: [(old: Int, new: Int)] = []
    for candidate in candidates where !usedOld.contains(candidate.old) && !usedNew.contains(candidate.new) {
        usedOld.insert(candidate.old)
        usedNew.insert(candidate.new)
        pairs.append((candidate.old, candidate.new))
    }
    return pairs
}

extension TopologyDescription.Node {
    /// How much speaks for a step being the same as another one under another name.
    fileprivate func likeness(to other: TopologyDescription.Node, _ successors: [String: String]) -> Int {
        if let kind = name.stepKind, let otherKind = other.name.stepKind, kind != otherKind { return 0 }
        var likeness = name.stepKind != nil && name.stepKind == other.name.stepKind ? 4 : 0
        func alike(_ old: [String], _ new: [String]) -> Bool {
            !Set(old.map { successors[$0] ?? $0 }).isDisjoint(with: new)
        }
        switch (kind, other.kind) {
        case (.source(let old), .source(let new)): if alike(old, new) { likeness += 4 }
        case (.processor(let old), .processor(let new)): if alike(old, new) { likeness += 4 }
        case (.sink(let old?), .sink(let new?)): if alike([old], [new]) { likeness += 4 }
        case (.sink(nil), .sink(nil)): likeness += 2
        default: return 0
        }
        if !Set(predecessors).isDisjoint(with: other.predecessors) { likeness += 2 }
        if !Set(self.successors).isDisjoint(with: other.successors) { likeness += 2 }
        return likeness
    }
}

extension TopologyDescription.SubTopology {
    /// How much speaks for a sub-topology being what became of another one. Names that users gave weigh more than
    /// numbered ones, which may be another's today.
    fileprivate func likeness(to other: TopologyDescription.SubTopology) -> Int {
        guard isGlobal == other.isGlobal else { return 0 }
        func weigh(_ old: Set<String>, _ new: Set<String>, named: Int, numbered: Int) -> Int {
            let same = old.intersection(new).reduce(0) { $0 + ($1.stepKind == nil ? named : numbered) }
            let kinds = Set(old.compactMap(\.stepKind)).intersection(new.compactMap(\.stepKind)).count
            return same + kinds * numbered
        }
        return weigh(topics.read, other.topics.read, named: 10, numbered: 2)
            + weigh(storeNames, other.storeNames, named: 10, numbered: 2)
            + weigh(topics.written, other.topics.written, named: 6, numbered: 2)
            + weigh(Set(nodes.map(\.name)), Set(other.nodes.map(\.name)), named: 3, numbered: 0)
    }

    fileprivate var topics: (read: Set<String>, written: Set<String>) {
        nodes.reduce(into: ([], [])) { topics, node in
            switch node.kind {
            case .source(let names): topics.read.formUnion(names)
            case .sourcePattern(let pattern): topics.read.insert(pattern)
            case .sink(let name?): topics.written.insert(name)
            case .processor, .sink(nil): break
            }
        }
    }

    fileprivate var storeNames: Set<String> {
        nodes.reduce(into: []) { if case .processor(let stores) = $1.kind { $0.formUnion(stores) } }
    }
}

extension TopologyDescription {
    /// The stores in the order of the sub-topologies and their steps.
    fileprivate var stores: [TopologyComparison.Store] {
        let global = subTopologies.filter(\.isGlobal).reduce(into: Set<String>()) { $0.formUnion($1.storeNames) }
        var found: [TopologyComparison.Store] = []
        for part in subTopologies {
            var seen: Set<String> = []
            for node in part.nodes {
                guard case .processor(let names) = node.kind else { continue }
                for name in names where part.isGlobal || !global.contains(name) {
                    guard seen.insert(name).inserted else { continue }
                    let users = part.nodes.filter {
                        if case .processor(let all) = $0.kind { all.contains(name) } else { false }
                    }
                    found.append(
                        .init(
                            name: name, steps: users.map(\.name).sorted(), subTopology: part.id,
                            isGlobal: part.isGlobal))
                }
            }
        }
        return found
    }

    /// The topics. A repartition topic is one that the topology both writes and reads and that has the name of one.
    fileprivate var topics: (sources: Set<String>, sinks: Set<String>, repartition: Set<String>) {
        let read = subTopologies.reduce(into: Set<String>()) { $0.formUnion($1.topics.read) }
        let written = subTopologies.reduce(into: Set<String>()) { $0.formUnion($1.topics.written) }
        let repartition = read.intersection(written).filter { name in
            name.hasSuffix("-repartition")
                || (name.hasPrefix("KTABLE-FK-JOIN-SUBSCRIPTION-") && name.hasSuffix("-topic"))
                || name.hasSuffix("-subscription-registration-topic") || name.hasSuffix("-subscription-response-topic")
        }
        return (read.subtracting(repartition), written.subtracting(repartition), repartition)
    }
}

extension String {
    /// What a generated name of a step, or one made from it, is without its number: the kind of step. Nil for a name
    /// without a number of ten digits, which a user gave.
    fileprivate var stepKind: String? {
        var run = 0
        for index in indices {
            run = self[index].isASCII && self[index].isNumber ? run + 1 : 0
            guard run == 10 else { continue }
            let end = self.index(after: index)
            let start = self.index(end, offsetBy: -10)
            guard start > startIndex, self[self.index(before: start)] == "-",
                end == endIndex || self[end] == "-"
            else { continue }
            return String(self[..<start] + self[end...])
        }
        return nil
    }
}

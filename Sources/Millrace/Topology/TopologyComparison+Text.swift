extension TopologyComparison: CustomStringConvertible {
    /// What changes, for people: what would be lost first.
    public var description: String {
        var text = ""
        func section(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += title + "\n" + lines.map { "  \($0)\n" }.joined()
        }
        section("Left behind, with what they hold:", orphans)
        section("Taken over by another step, which would take the state for its own:", takenOver)
        section("New, empty at first:", additions)
        section("Attached elsewhere, with their state:", moves)
        section("Sub-topologies:", numbering)
        section("Topics no longer read:", removedSourceTopics.map { "\($0); its committed offsets are not used" })
        section("Topics read for the first time:", newSourceTopics)
        section("Topics no longer written:", removedSinkTopics)
        section("Topics written for the first time:", newSinkTopics)
        section("Steps with another name:", renamedSteps.map { "\($0.old) is now \($0.new)" })
        section("Steps that are gone:", removedSteps)
        section("New steps:", newSteps)
        return text.isEmpty ? "Nothing changes.\n" : text
    }

    private var orphans: [String] {
        let stores = zip(orphanedStores, storeSuccessors).map { store, successor in
            let what = store.changelog.map { "store \(store.name) and its changelog topic \($0)" }
            return (what ?? "global store \(store.name), which is filled from its topic again")
                + (successor.new.map { "; most probably \($0) now" } ?? "")
        }
        return stores
            + orphanedRepartitionTopics.map { topic in
                "repartition topic \(topic.old), with records not processed yet"
                    + (topic.new.map { "; most probably \($0) now" } ?? "")
            }
    }

    private var takenOver: [String] {
        movedStores.filter(\.isTakenOver).map { move in
            "store \(move.old.name): was of \(move.old.place), would be of \(move.new.place)"
        }
    }

    private var additions: [String] {
        newStores.map { store in
            store.changelog.map { "store \(store.name) with its changelog topic \($0)" } ?? "global store \(store.name)"
        } + newRepartitionTopics.map { "repartition topic \($0)" }
    }

    private var moves: [String] {
        movedStores.filter { !$0.isTakenOver }.map { move in
            "store \(move.old.name): was of \(move.old.place), is of \(move.new.place)"
        }
    }

    private var numbering: [String] {
        subTopologies.compactMap { pair in
            switch (pair.old, pair.new) {
            case (let old?, let new?) where old != new:
                "\(old) is now \(new): tasks \(old)_* are \(new)_*; offsets and changelogs stay"
            case (_?, _?): nil
            case (let old?, nil): "\(old) is gone, with its tasks \(old)_*"
            case (nil, let new?): "\(new) is new, with tasks \(new)_*"
            case (nil, nil): nil
            }
        }
    }
}

extension TopologyComparison.Store {
    fileprivate var place: String { "\(steps.joined(separator: ", ")) in sub-topology \(subTopology)" }
}

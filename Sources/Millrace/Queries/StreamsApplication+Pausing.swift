/// Pausing and going on (KIP-834).
extension StreamsApplication {
    /// Has all tasks stop processing, firing schedules, restoring and following: what has been processed is committed, and the instance
    /// stays in its group with all that it has. Queries are answered. Returns at once; tasks stop within a slice. Before `run()`, tasks
    /// begin paused. Other instances go on.
    public func pause() {
        // The blueprint has the lock of what is paused.
        let groups = Set(blueprint.taskGroups)
        change { $0 = groups }
    }

    /// The same for the tasks of one sub-topology, by its number in `describe()`. Throws if there is none of that number.
    public func pause(subTopology: Int) throws(StreamsError) {
        try check(subTopology)
        change { $0.insert(subTopology) }
    }

    /// Has all tasks go on.
    public func resume() { change { $0 = [] } }

    /// Has the tasks of one sub-topology go on. Throws if there is none of that number.
    public func resume(subTopology: Int) throws(StreamsError) {
        try check(subTopology)
        change { $0.remove(subTopology) }
    }

    /// Whether all tasks are paused.
    public var isPaused: Bool { pausedSubTopologies.isSuperset(of: blueprint.taskGroups) }

    func isPaused(_ subTopology: Int) -> Bool { pausedSubTopologies.contains(subTopology) }

    private func check(_ subTopology: Int) throws(StreamsError) {
        guard blueprint.taskGroups.contains(subTopology) else {
            let known = blueprint.taskGroups.map(String.init).joined(separator: ", ")
            throw StreamsError(.configuration, "there is no sub-topology \(subTopology) that has tasks, but \(known)")
        }
    }

    private func change(_ body: (inout Set<Int>) -> Void) {
        guard let paused = changePaused(body) else { return }
        for entry in live.all.values { entry.wake.set() }
        configuration.observer(.paused(subTopologies: paused.sorted()))
    }
}

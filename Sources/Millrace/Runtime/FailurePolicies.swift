/// The policies of an application, and which of them counts: that of the step, then that of the kind, then the one for all.
package struct FailurePolicies: Sendable {
    let all: BadRecordPolicy
    let byKind: [StreamsFailure.Kind: BadRecordPolicy]
    /// By the names of steps; steps that are parts of others have theirs.
    let bySteps: [String: BadRecordPolicy]
    let droppedRecords: DroppedRecordPolicy

    init(
        _ topology: Topology, all: BadRecordPolicy, byKind: [StreamsFailure.Kind: BadRecordPolicy],
        droppedRecords: DroppedRecordPolicy
    ) {
        self.all = all
        self.byKind = byKind
        self.droppedRecords = droppedRecords
        bySteps = topology.policiesOfSteps
    }

    func policy(for kind: StreamsFailure.Kind, step: String?) -> BadRecordPolicy {
        step.flatMap { bySteps[$0] } ?? byKind[kind] ?? all
    }

    private var policies: [BadRecordPolicy] { [all] + byKind.values + bySteps.values }

    /// Whether a task may go on after a failure, so that its steps have guards.
    var mayGoOn: Bool { policies.contains { !$0.isFail } }

    /// The topics that dead letters may go to, in order.
    package var deadLetterTopics: [String] {
        var topics = Set(policies.flatMap(\.deadLetterTopics))
        if case .deadLetter(let topic) = droppedRecords { topics.insert(topic) }
        return topics.sorted()
    }

    /// Throws if a policy makes no sense.
    func validate() throws {
        if let fault = policies.compactMap(\.fault).first ?? droppedRecords.fault {
            throw StreamsError(.configuration, "a policy for bad records makes no sense: \(fault)")
        }
    }
}

extension Topology {
    /// The policies for bad records of all steps that have one, those of their parts included.
    var policiesOfSteps: [String: BadRecordPolicy] {
        var found = policies
        for (part, step) in partsOfSteps where found[part] == nil { found[part] = policies[step] }
        return found
    }
}

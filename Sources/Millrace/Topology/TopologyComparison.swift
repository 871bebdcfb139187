/// What becomes of an application's state and internal topics when its topology changes: which stores and topics the
/// new topology does not know any more, which it begins anew, and which only move.
///
/// Stores and repartition topics go by their names, so a store with a generated name is lost when its number shifts.
/// Both topologies are given as descriptions; that of the running application may have been saved as text, see
/// `TopologyDescription.init(parsing:)`. Topic names have no application's prefix.
public struct TopologyComparison: Sendable, Hashable {
    /// A state store of a topology.
    public struct Store: Sendable, Hashable {
        /// The store's name.
        public let name: String
        /// The steps that use it, by name.
        public let steps: [String]
        /// The number of the sub-topology, the first part of the names of its tasks.
        public let subTopology: Int
        /// Whether it is a global store, which is filled from its topic at each start and has no changelog.
        public let isGlobal: Bool
        /// The changelog topic that it has unless logging is off.
        public var changelog: String? { isGlobal ? nil : "\(name)-changelog" }
    }

    /// A store that both topologies have, elsewhere.
    public struct Move: Sendable, Hashable {
        /// The store in the old topology.
        public let old: Store
        /// The store of that name in the new topology.
        public let new: Store
        /// Whether another step takes the state of this one for its own: a generated name whose number has shifted to
        /// a step of another sub-topology.
        public let isTakenOver: Bool
    }

    /// A name of the old topology and what most probably has taken its place.
    public struct Successor: Sendable, Hashable {
        /// The name in the old topology.
        public let old: String
        /// The name in the new one; nil if there is nothing like it.
        public let new: String?
    }

    /// A step that has another name now.
    public struct Rename: Sendable, Hashable {
        /// The name in the old topology.
        public let old: String
        /// The name in the new one.
        public let new: String
    }

    /// The number of a sub-topology in both topologies.
    public struct Numbers: Sendable, Hashable {
        /// The number in the old topology; nil for a new sub-topology.
        public let old: Int?
        /// The number in the new one; nil for a sub-topology that is gone.
        public let new: Int?
    }

    /// Stores that the new topology does not have. Their state is left behind.
    public internal(set) var orphanedStores: [Store] = []
    /// The new store that most probably stands for each of `orphanedStores`, by the kind of step that has it.
    public internal(set) var storeSuccessors: [Successor] = []
    /// Stores that only the new topology has. They begin empty.
    public internal(set) var newStores: [Store] = []
    /// Stores that are attached to other steps or belong to another sub-topology than before.
    public internal(set) var movedStores: [Move] = []
    /// Repartition topics that the new topology does not have, and what stands for them. Records in them that are not
    /// processed yet are left behind.
    public internal(set) var orphanedRepartitionTopics: [Successor] = []
    /// Repartition topics that only the new topology has.
    public internal(set) var newRepartitionTopics: [String] = []
    /// Steps that have another name now.
    public internal(set) var renamedSteps: [Rename] = []
    /// Steps that only the old topology has.
    public internal(set) var removedSteps: [String] = []
    /// Steps that only the new topology has.
    public internal(set) var newSteps: [String] = []
    /// The user's topics that are not read any more.
    public internal(set) var removedSourceTopics: [String] = []
    /// The user's topics that are read for the first time.
    public internal(set) var newSourceTopics: [String] = []
    /// The user's topics that are not written any more.
    public internal(set) var removedSinkTopics: [String] = []
    /// The user's topics that are written for the first time.
    public internal(set) var newSinkTopics: [String] = []
    /// All sub-topologies with their old and new numbers.
    public internal(set) var subTopologies: [Numbers] = []

    /// Whether something that the old topology has stored would not be found again, or be taken for something else.
    public var losesState: Bool {
        orphanedStores.contains { !$0.isGlobal } || !orphanedRepartitionTopics.isEmpty
            || movedStores.contains(where: \.isTakenOver)
    }
}

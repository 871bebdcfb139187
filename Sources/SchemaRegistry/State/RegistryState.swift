internal import KafkaProtocol

/// What a registry knows: a fold over the records of its topic (`apply`), and decisions about what is to be written next.
///
/// Without I/O. A decision (`Decision`) changes nothing: its records are written, and what has been written is applied, so that a registry
/// that starts anew, or another one that reads along, comes to the same state.
///
/// Subjects of other contexts than the default one (`:.name:subject`) are subjects like others: ids are one sequence.
package struct RegistryState: Sendable {
    /// What is to be written, and the answer once it is.
    package struct Decision<Answer: Sendable>: Sendable {
        package var records: [RegistryRecord] = []
        package var answer: Answer
    }

    struct Version: Sendable {
        var number: Int32
        var id: Int32
        var isDeleted: Bool
    }

    struct Known: Sendable {
        var schema: Schema
        /// How many versions have it.
        var uses: Int
    }

    /// The versions of each subject in order, those that are deleted but can still be looked up included. None is empty.
    private(set) var subjects: [Name: [Version]] = [:]
    private(set) var schemas: [Int32: Known] = [:]
    private(set) var ids: [Schema: Int32] = [:]
    /// The largest id that has been given, also to what is gone.
    private(set) var largestID: Int32 = 0
    private(set) var compatibility: [Name: CompatibilityLevel] = [:]
    private(set) var defaultCompatibility = CompatibilityLevel.backward
    private(set) var modes: [Name: RegistryMode] = [:]
    private(set) var defaultMode = RegistryMode.readWrite

    /// An empty registry.
    package init() {}

    /// Takes in a record of the topic.
    package mutating func apply(_ record: RegistryRecord) {
        switch record {
        case .schema(let subject, let version, let kept?): keep(subject, version, kept)
        case .schema(let subject, let version, nil): remove(subject, version)
        case .deleteSubject(let subject, let last):
            for index in (subjects[subject] ?? []).indices where subjects[subject]?[index].number ?? .max <= last {
                subjects[subject]?[index].isDeleted = true
            }
        case .compatibility(let subject?, let level): compatibility[subject] = level
        case .compatibility(nil, let level): defaultCompatibility = level ?? .backward
        case .mode(let subject?, let mode): modes[subject] = mode
        case .mode(nil, let mode): defaultMode = mode ?? .readWrite
        case .noop, .unknown: break
        }
    }

    private mutating func keep(_ subject: Name, _ number: Int32, _ kept: RegistryRecord.KeptSchema) {
        largestID = max(largestID, kept.id)
        // Before what it takes the place of is let go, which may be the same schema.
        if schemas[kept.id]?.schema == kept.schema {
            schemas[kept.id]?.uses += 1
        } else {
            if let other = schemas[kept.id]?.schema, ids[other] == kept.id { ids[other] = nil }
            schemas[kept.id] = Known(schema: kept.schema, uses: (schemas[kept.id]?.uses ?? 0) + 1)
            if ids[kept.schema] == nil { ids[kept.schema] = kept.id }
        }
        let version = Version(number: number, id: kept.id, isDeleted: kept.isDeleted)
        var versions = subjects[subject] ?? []
        let place = versions.firstIndex { $0.number >= number } ?? versions.endIndex
        if place < versions.endIndex, versions[place].number == number {
            release(versions[place].id)
            versions[place] = version
        } else {
            versions.insert(version, at: place)
        }
        subjects[subject] = versions
    }

    private mutating func remove(_ subject: Name, _ number: Int32) {
        guard let place = subjects[subject]?.firstIndex(where: { $0.number == number }),
            let version = subjects[subject]?.remove(at: place)
        else { return }
        if subjects[subject]?.isEmpty == true { subjects[subject] = nil }
        release(version.id)
    }

    private mutating func release(_ id: Int32) {
        guard var known = schemas[id] else { return }
        known.uses -= 1
        schemas[id] = known.uses > 0 ? known : nil
        if known.uses <= 0, ids[known.schema] == id { ids[known.schema] = nil }
    }
}

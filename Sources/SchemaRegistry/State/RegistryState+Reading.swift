internal import KafkaProtocol

extension RegistryState {
    /// Which of the versions that there are count.
    package enum Visibility: Sendable {
        case present, all, deleted

        func shows(_ version: Version) -> Bool {
            switch self {
            case .present: !version.isDeleted
            case .all: true
            case .deleted: version.isDeleted
            }
        }
    }

    /// The names of the subjects that begin with `prefix` and have versions that count, sorted.
    package func subjectNames(prefix: String = "", _ visibility: Visibility = .present) -> [String] {
        subjects.filter { $0.key.string.utf8.starts(with: prefix.utf8) && $0.value.contains(where: visibility.shows) }
            .keys.sorted().map(\.string)
    }

    /// The numbers of a subject's versions. Throws 40401.
    package func versions(of subject: String, _ visibility: Visibility = .present) throws(RegistryRefusal) -> [Int32] {
        let versions = (subjects[Name(subject)] ?? []).filter(visibility.shows)
        guard !versions.isEmpty else { throw .subjectNotFound(subject) }
        return versions.map(\.number)
    }

    /// A version of a subject. Throws 40401 or 40402.
    package func version(
        _ selector: VersionSelector, of subject: String, _ visibility: Visibility = .present
    ) throws(RegistryRefusal) -> RegisteredSchema {
        let versions = (subjects[Name(subject)] ?? []).filter(visibility.shows)
        guard let latest = versions.last else { throw .subjectNotFound(subject) }
        switch selector {
        case .latest: return registered(latest, of: subject)
        case .number(let number):
            guard let version = versions.first(where: { $0.number == number }) else { throw .versionNotFound(number) }
            return registered(version, of: subject)
        }
    }

    /// The latest version of a subject that has this schema. Throws 40401 or 40403, or what is wrong with the schema.
    package func lookUp(
        _ schema: Schema, in subject: String, normalize: Bool = false, _ visibility: Visibility = .present
    ) throws(RegistryRefusal) -> RegisteredSchema {
        guard let versions = subjects[Name(subject)]?.filter(visibility.shows), !versions.isEmpty else { throw .subjectNotFound(subject) }
        let schema = try SchemaRules.canonical(schema, normalize: normalize, references: texts(referredToBy: schema))
        guard let id = ids[schema], let version = versions.last(where: { $0.id == id }) else { throw .schemaNotFound }
        return registered(version, of: subject)
    }

    /// The schema with an id. Throws 40403.
    package func schema(id: Int32) throws(RegistryRefusal) -> Schema {
        guard let known = schemas[id] else { throw .schemaNotFound(id: id) }
        return known.schema
    }

    /// The versions that have the schema with this id, by subject. Throws 40403.
    package func versions(withID id: Int32, _ visibility: Visibility = .present) throws(RegistryRefusal) -> [RegisteredSchema] {
        guard schemas[id] != nil else { throw .schemaNotFound(id: id) }
        return registered(visibility) { $0.id == id }
    }

    /// All versions that count, by subject.
    package func registered(_ visibility: Visibility, where isWanted: (RegisteredSchema) -> Bool = { _ in true }) -> [RegisteredSchema] {
        subjects.sorted { $0.key < $1.key }.flatMap { subject, versions in
            versions.filter(visibility.shows).map { registered($0, of: subject.string) }.filter(isWanted)
        }
    }

    /// The ids of schemas in use that refer to a version. Throws 40401 or 40402.
    package func referrers(of subject: String, _ selector: VersionSelector) throws(RegistryRefusal) -> [Int32] {
        let version = try version(selector, of: subject, .all)
        return referrers(of: Name(subject), version.version)
    }

    func referrers(of subject: Name, _ version: Int32) -> [Int32] {
        let used = Set(subjects.values.joined().filter { !$0.isDeleted }.map(\.id))
        return schemas.filter { id, known in
            used.contains(id) && known.schema.references.contains { Name($0.subject) == subject && $0.version == version }
        }.keys.sorted()
    }

    /// The level that holds for a subject.
    func compatibilityInForce(_ subject: String) -> CompatibilityLevel { compatibility[Name(subject)] ?? defaultCompatibility }

    /// The mode that holds for a subject.
    func modeInForce(_ subject: String) -> RegistryMode {
        defaultMode == .readOnlyOverride ? .readOnly : modes[Name(subject)] ?? defaultMode
    }

    func registered(_ version: Version, of subject: String) -> RegisteredSchema {
        // A version keeps its schema, so there is always one.
        RegisteredSchema(
            subject: subject, version: version.number, id: version.id, schema: schemas[version.id]?.schema ?? Schema(""))
    }

    /// The texts of all schemas that a schema refers to, directly and by way of others, by the names that it has for them; what they
    /// refer to themselves comes before them. Throws 42201 if one is not there.
    func texts(referredToBy schema: Schema) throws(RegistryRefusal) -> [ReferredSchema] {
        var found: [ReferredSchema] = []
        var seen: Set<SchemaReference> = []
        // Those that wait to be looked at; `isDone` when what they refer to has been found. A topic of another registry may have circles.
        var waiting = schema.references.reversed().map { (reference: $0, isDone: false) }
        while let (reference, isDone) = waiting.popLast() {
            let version = subjects[Name(reference.subject)]?.first { $0.number == reference.version }
            guard let version, let referred = schemas[version.id]?.schema else {
                throw .invalidSchema(
                    "no version \(reference.version) of subject \(reference.subject), which it refers to as \(reference.name)")
            }
            if isDone {
                found.append(ReferredSchema(name: reference.name, schema: referred))
            } else if seen.insert(reference).inserted {
                waiting.append((reference, true))
                waiting += referred.references.reversed().map { ($0, false) }
            }
        }
        return found
    }
}

/// A schema that another one refers to, and its name there.
struct ReferredSchema: Sendable {
    var name: String
    var schema: Schema
}

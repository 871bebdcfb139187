internal import KafkaProtocol

extension RegistryState {
    /// Deletes a version: first so that it can still be looked up, with `permanent` for good. The answer is its number.
    ///
    /// Throws 40401 or 40402, 40406 or 40407 if it is deleted already or not yet, 42206 if other schemas refer to it.
    package func delete(
        _ selector: VersionSelector, of subject: String, permanent: Bool
    ) throws(RegistryRefusal) -> Decision<Int32> {
        try checkWritable(subject)
        // The latest is one that is there; another is looked for among those that were deleted, too.
        let visibility: Visibility = selector == .latest && !permanent ? .present : .all
        let version = try version(selector, of: subject, visibility)
        let isDeleted = subjects[Name(subject)]?.first { $0.number == version.version }?.isDeleted ?? false
        if permanent, !isDeleted { throw .versionIsNotDeleted(subject, version.version) }
        if !permanent, isDeleted { throw .versionIsDeleted(subject, version.version) }
        try checkUnreferenced(subject, version.version)
        let kept = RegistryRecord.KeptSchema(id: version.id, schema: version.schema, isDeleted: true)
        return Decision(
            records: [.schema(subject: Name(subject), version: version.version, permanent ? nil : kept)], answer: version.version)
    }

    /// Deletes a subject with its settings: first so that its versions can still be looked up, with `permanent` for good. The answer
    /// is the numbers of the versions that this deletes.
    ///
    /// Throws 40401, 40404 or 40405 if it is deleted already or not yet, 42206 if other schemas refer to one of its versions.
    package func delete(_ subject: String, permanent: Bool) throws(RegistryRefusal) -> Decision<[Int32]> {
        try checkWritable(subject)
        let name = Name(subject)
        guard let versions = subjects[name], let last = versions.last else { throw .subjectNotFound(subject) }
        let present = versions.filter { !$0.isDeleted }
        if permanent, !present.isEmpty { throw .subjectIsNotDeleted(subject) }
        if !permanent, present.isEmpty { throw .subjectIsDeleted(subject) }
        for version in versions { try checkUnreferenced(subject, version.number) }
        var records: [RegistryRecord] =
            permanent
            ? versions.map { .schema(subject: name, version: $0.number, nil) } : [.deleteSubject(name, through: last.number)]
        if compatibility[name] != nil { records.append(.compatibility(subject: name, nil)) }
        if modes[name] != nil { records.append(.mode(subject: name, nil)) }
        return Decision(records: records, answer: (permanent ? versions : present).map(\.number))
    }

    private func checkWritable(_ subject: String) throws(RegistryRefusal) {
        let mode = modeInForce(subject)
        if mode == .readOnly || mode == .readOnlyOverride { throw .notPermitted("Subject \(subject) is in read-only mode") }
    }

    private func checkUnreferenced(_ subject: String, _ version: Int32) throws(RegistryRefusal) {
        guard referrers(of: Name(subject), version).isEmpty else { throw .isReferenced(subject, version) }
    }
}

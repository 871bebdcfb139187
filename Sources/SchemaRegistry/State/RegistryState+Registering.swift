internal import KafkaProtocol

extension RegistryState {
    /// Makes a schema a version of a subject; nothing is to be written if it is one already. The answer has the schema's id.
    ///
    /// `id` and `version` are given when versions are taken over from another registry, which is for subjects in mode `IMPORT`.
    /// Throws 42201 if the schema cannot be read, 409 if it is not compatible, 42205 if the subject's mode does not allow it.
    package func register(
        _ schema: Schema, as subject: String, normalize: Bool = false, id: Int32? = nil, version: Int32? = nil
    ) throws(RegistryRefusal) -> Decision<RegisteredSchema> {
        guard !subject.isEmpty, !subject.utf8.contains(0) else { throw .invalidSubject(subject) }
        let mode = modeInForce(subject)
        switch (mode, id) {
        case (.readOnly, _), (.readOnlyOverride, _): throw .notPermitted("Subject \(subject) is in read-only mode")
        case (.import, nil): throw .notPermitted("Subject \(subject) is in import mode: versions need the id that they have elsewhere")
        case (.readWrite, .some): throw .notPermitted("Subject \(subject) is not in import mode")
        default: break
        }
        let schema = try SchemaRules.canonical(schema, normalize: normalize, references: texts(referredToBy: schema))
        let versions = subjects[Name(subject)] ?? []
        if let known = ids[schema], id == nil || id == known,
            let present = versions.last(where: { $0.id == known && !$0.isDeleted }), version == nil || version == present.number
        {
            return Decision(answer: registered(present, of: subject))
        }
        if mode != .import {
            let earlier = versions.filter { !$0.isDeleted }.map { registered($0, of: subject) }
            let reasons = try incompatibilities(of: schema, with: earlier, level: compatibilityInForce(subject))
            guard reasons.isEmpty else { throw .incompatible(subject, reasons) }
        }
        return try newVersion(of: subject, schema, id: id, version: version)
    }

    private func newVersion(
        of subject: String, _ schema: Schema, id: Int32?, version: Int32?
    ) throws(RegistryRefusal) -> Decision<RegisteredSchema> {
        let (next, isOver) = (subjects[Name(subject)]?.last?.number ?? 0).addingReportingOverflow(1)
        let (nextID, isOverID) = largestID.addingReportingOverflow(1)
        guard !isOver, !isOverID else { throw .storage("there are no more versions or ids") }
        if let id {
            guard id >= 0 else { throw .notPermitted("\(id) is no id") }
            if let other = schemas[id]?.schema, other != schema {
                throw .notPermitted("Overwrite new schema with id \(id) is not permitted.")
            }
        }
        guard version ?? 1 > 0 else { throw .invalidVersion("\(version ?? 0)") }
        let answer = RegisteredSchema(
            subject: subject, version: version ?? next, id: id ?? ids[schema] ?? nextID, schema: schema)
        let record = RegistryRecord.schema(
            subject: Name(subject), version: answer.version, .init(id: answer.id, schema: schema, isDeleted: false))
        return Decision(records: [record], answer: answer)
    }

    /// Why a schema could not be the next version of a subject; empty if it could be. With a version, that one alone is looked at.
    /// Throws 42201 if the schema cannot be read, and 40402.
    package func incompatibilities(
        of schema: Schema, with selector: VersionSelector?, of subject: String, normalize: Bool = false
    ) throws(RegistryRefusal) -> [String] {
        let schema = try SchemaRules.canonical(schema, normalize: normalize, references: texts(referredToBy: schema))
        let present = (subjects[Name(subject)] ?? []).filter { !$0.isDeleted }.map { registered($0, of: subject) }
        let level = compatibilityInForce(subject)
        switch selector {
        case nil: return try incompatibilities(of: schema, with: present, level: level)
        case .latest: return try incompatibilities(of: schema, with: present.suffix(1), level: level)
        case .number(let number):
            return try incompatibilities(of: schema, with: [version(.number(number), of: subject)], level: level)
        }
    }

    /// Compares a schema with versions, in order: with the last, or with all if the level is transitive.
    private func incompatibilities(
        of schema: Schema, with versions: [RegisteredSchema], level: CompatibilityLevel
    ) throws(RegistryRefusal) -> [String] {
        guard level != .none else { return [] }
        let new = ResolvedSchema(schema: schema, references: try texts(referredToBy: schema))
        for version in (level.isTransitive ? versions[...] : versions.suffix(1)).reversed() {
            let old = ResolvedSchema(schema: version.schema, references: try texts(referredToBy: version.schema))
            let reasons = try SchemaRules.incompatibilities(of: new, with: old, level: level)
            guard reasons.isEmpty else { return reasons + ["the earlier schema is version \(version.version)"] }
        }
        return []
    }
}

/// A schema with all that it refers to.
struct ResolvedSchema: Sendable {
    var schema: Schema
    var references: [ReferredSchema]
}

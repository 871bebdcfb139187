internal import KafkaProtocol

extension RegistryState {
    /// The level of a subject of its own, or by default. Throws 40408 if a subject has none, unless the default may take its place.
    package func compatibility(of subject: String?, orDefault: Bool = false) throws(RegistryRefusal) -> CompatibilityLevel {
        guard let subject else { return defaultCompatibility }
        if let level = compatibility[Name(subject)] { return level }
        guard orDefault else { throw .noCompatibility(of: subject) }
        return defaultCompatibility
    }

    /// Sets the level of a subject, or the default.
    package func set(_ level: CompatibilityLevel, for subject: String?) throws(RegistryRefusal) -> Decision<CompatibilityLevel> {
        try checkNotReadOnly(subject)
        return Decision(records: [.compatibility(subject: subject.map { Name($0) }, level)], answer: level)
    }

    /// Takes a level back. The answer is the one that there was. Throws 40401 if a subject had none.
    package func removeCompatibility(of subject: String?) throws(RegistryRefusal) -> Decision<CompatibilityLevel> {
        try checkNotReadOnly(subject)
        if let subject, compatibility[Name(subject)] == nil { throw .subjectNotFound(subject) }
        return Decision(
            records: [.compatibility(subject: subject.map { Name($0) }, nil)], answer: try compatibility(of: subject))
    }

    /// The mode of a subject of its own, or by default. Throws 40409 if a subject has none, unless the default may take its place.
    package func mode(of subject: String?, orDefault: Bool = false) throws(RegistryRefusal) -> RegistryMode {
        guard let subject else { return defaultMode }
        if let mode = modes[Name(subject)] { return mode }
        guard orDefault else { throw .noMode(of: subject) }
        return defaultMode
    }

    /// Sets the mode of a subject, or the default. Throws 42205 for `IMPORT` if there are versions already, unless `force`d.
    package func set(_ mode: RegistryMode, for subject: String?, force: Bool = false) throws(RegistryRefusal) -> Decision<RegistryMode> {
        if mode == .import, !force, subject.map({ subjects[Name($0)] != nil }) ?? !subjects.isEmpty {
            throw .notPermitted("Cannot import since found existing subjects")
        }
        return Decision(records: [.mode(subject: subject.map { Name($0) }, mode)], answer: mode)
    }

    /// Takes a mode back. The answer is the one that there was. Throws 40401 if a subject had none.
    package func removeMode(of subject: String?) throws(RegistryRefusal) -> Decision<RegistryMode> {
        if let subject, modes[Name(subject)] == nil { throw .subjectNotFound(subject) }
        return Decision(records: [.mode(subject: subject.map { Name($0) }, nil)], answer: try mode(of: subject))
    }

    private func checkNotReadOnly(_ subject: String?) throws(RegistryRefusal) {
        let mode = subject.map { modeInForce($0) } ?? defaultMode
        if mode == .readOnly || mode == .readOnlyOverride {
            throw .notPermitted("\(subject.map { "Subject \($0)" } ?? "The registry") is in read-only mode")
        }
    }
}

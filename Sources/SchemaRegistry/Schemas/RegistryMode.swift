/// What may be changed in a registry, or in one of its subjects.
public enum RegistryMode: String, Sendable, Hashable, CaseIterable {
    /// Everything.
    case readWrite = "READWRITE"
    /// Nothing.
    case readOnly = "READONLY"
    /// Nothing, whatever the modes of subjects say.
    case readOnlyOverride = "READONLY_OVERRIDE"
    /// Versions are taken over from another registry, with the ids that they have there, and are not checked for compatibility.
    case `import` = "IMPORT"
}

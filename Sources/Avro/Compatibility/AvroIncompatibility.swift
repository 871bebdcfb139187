/// One reason for which data of a writer's schema cannot be read by a reader's.
public struct AvroIncompatibility: Sendable, Equatable, CustomStringConvertible {
    /// The rule that is broken, by the names that Java and schema registries have for it.
    public enum Kind: String, Sendable {
        /// Named types of different names, and no alias of the reader's helps.
        case nameMismatch = "NAME_MISMATCH"
        /// Fixed types of different sizes.
        case fixedSizeMismatch = "FIXED_SIZE_MISMATCH"
        /// The writer's enum has symbols that the reader's has not, which has no default either.
        case missingEnumSymbols = "MISSING_ENUM_SYMBOLS"
        /// The reader has a field that the writer has not, and no default for it.
        case readerFieldMissingDefaultValue = "READER_FIELD_MISSING_DEFAULT_VALUE"
        /// Types of which the writer's cannot become the reader's.
        case typeMismatch = "TYPE_MISMATCH"
        /// No branch of the reader's union takes what the writer writes.
        case missingUnionBranch = "MISSING_UNION_BRANCH"
    }

    /// The rule that is broken.
    public let kind: Kind
    /// Where in the reader's schema, as a JSON pointer: `/fields/0/type/symbols`.
    public let path: String
    /// What it is about: the field without a default, the symbols that are missing, the types, names or sizes that differ.
    public let message: String

    /// The kind, the place and the message.
    public var description: String { "\(kind.rawValue) at \(path.isEmpty ? "/" : path): \(message)" }
}

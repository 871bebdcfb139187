/// How a serde goes about with its schema registry.
public struct SchemaSerdeOptions: Sendable {
    /// How a serde's own schema gets its id, before the first record is written.
    public enum Registration: Sendable, Hashable {
        /// It is made a version of its subject, unless it is one already (`auto.register.schemas`).
        case register
        /// It must be a version of its subject already: who may register schemas is decided elsewhere.
        case lookUp
        /// The subject's latest version, as it is at the start, takes its place (`use.latest.version`): values are written as that one says.
        /// With Avro, fields that they lack have its defaults, and what it has no field for is an error.
        case useLatest
    }

    /// How the serde's own schema gets its id.
    public var registration = Registration.register
    /// Whether the registry is to leave the order out of account of what has none (`normalize.schemas`).
    public var normalize = false

    /// Registers schemas, as they are.
    public init(registration: Registration = .register, normalize: Bool = false) {
        self.registration = registration
        self.normalize = normalize
    }
}

public import KafkaProtocol

/// A version of a subject: a schema with its place in the registry.
public struct RegisteredSchema: Sendable, Hashable {
    /// The subject.
    @Name public var subject: String
    /// The version in its subject, from 1.
    public var version: Int32
    /// The id, which all versions with this schema share, whatever their subject. It is in the first bytes of records.
    public var id: Int32
    /// The schema.
    public var schema: Schema

    /// A version.
    public init(subject: String, version: Int32, id: Int32, schema: Schema) {
        self.subject = subject
        self.version = version
        self.id = id
        self.schema = schema
    }
}

/// The subject that a topic's schemas are versions of: Confluent's subject name strategies, with what they need to know.
public enum SubjectName: Sendable, Hashable {
    /// `<topic>-value`, or `<topic>-key` for keys: all records of a topic have one schema (`TopicNameStrategy`, the usual one).
    case topic(String, isKey: Bool = false)
    /// The name of the record's type: it has one schema whatever its topic, and a topic can have records of many types
    /// (`RecordNameStrategy`).
    case record
    /// `<topic>-<name of the record's type>`: a topic can have records of many types (`TopicRecordNameStrategy`).
    case topicRecord(String)
    /// This name.
    case named(String)

    /// The subject's name, for records of the type `recordName`: the full name of an Avro record or of a message, the title of a JSON
    /// Schema. Throws `.configuration` if the name is needed and there is none.
    public func name(recordName: String?) throws(SchemaRegistryError) -> String {
        switch self {
        case .topic(let topic, let isKey): return "\(topic)-\(isKey ? "key" : "value")"
        case .named(let name): return name
        case .record, .topicRecord:
            guard let recordName, !recordName.isEmpty else {
                throw SchemaRegistryError(.configuration, "the schema has no name to make its subject of; name the subject")
            }
            if case .topicRecord(let topic) = self { return "\(topic)-\(recordName)" }
            return recordName
        }
    }
}

/// The languages that schemas are written in.
public enum SchemaType: String, Sendable, Hashable, CaseIterable {
    /// Apache Avro.
    case avro = "AVRO"
    /// JSON Schema.
    case json = "JSON"
    /// Protocol Buffers, a `.proto` file. Such schemas are kept as they are: they are neither read nor checked for compatibility.
    case protobuf = "PROTOBUF"
}

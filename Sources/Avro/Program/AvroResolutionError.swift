/// Why a schema can read nothing of what another one writes.
public struct AvroResolutionError: Error, CustomStringConvertible {
    /// What is in the way.
    public let reason: String
    /// All that differs between the schemas.
    public let incompatibilities: [AvroIncompatibility]

    /// The reason, and what differs.
    public var description: String {
        let differences = incompatibilities.prefix(3).map(\.description).joined(separator: "; ")
        return differences.isEmpty ? reason : "\(reason) (\(differences))"
    }
}

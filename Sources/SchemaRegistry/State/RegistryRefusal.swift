/// Why a registry does not do what it is asked for, with the codes and nearly the words of Confluent's.
package struct RegistryRefusal: Error, Equatable, CustomStringConvertible {
    /// Confluent's code: a status of HTTP and two more digits, or a status alone.
    package let code: Int
    /// What is wrong.
    package let message: String

    init(_ code: Int, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The status of the answer.
    package var status: Int { code > 999 ? code / 100 : code }

    package var description: String { "\(code): \(message)" }

    static func subjectNotFound(_ subject: String) -> Self { Self(40401, "Subject '\(subject)' not found.") }
    static func versionNotFound(_ version: Int32) -> Self { Self(40402, "Version \(version) not found.") }
    static var schemaNotFound: Self { Self(40403, "Schema not found") }
    static func schemaNotFound(id: Int32) -> Self { Self(40403, "Schema \(id) not found") }
    static func subjectIsDeleted(_ subject: String) -> Self {
        Self(40404, "Subject '\(subject)' was soft deleted. Set permanent=true to delete permanently")
    }
    static func subjectIsNotDeleted(_ subject: String) -> Self {
        Self(40405, "Subject '\(subject)' was not deleted first before being permanently deleted")
    }
    static func versionIsDeleted(_ subject: String, _ version: Int32) -> Self {
        Self(40406, "Subject '\(subject)' Version \(version) was soft deleted. Set permanent=true to delete permanently")
    }
    static func versionIsNotDeleted(_ subject: String, _ version: Int32) -> Self {
        Self(40407, "Subject '\(subject)' Version \(version) was not deleted first before being permanently deleted")
    }
    static func noCompatibility(of subject: String) -> Self {
        Self(40408, "Subject '\(subject)' does not have subject-level compatibility configured")
    }
    static func noMode(of subject: String) -> Self {
        Self(40409, "Subject '\(subject)' does not have subject-level mode configured")
    }
    static func incompatible(_ subject: String, _ reasons: [String]) -> Self {
        Self(
            409,
            "Schema being registered is incompatible with an earlier schema for subject \"\(subject)\", details: [\(reasons.joined(separator: ", "))]"
        )
    }
    static func invalidSchema(_ reason: String) -> Self { Self(42201, "Invalid schema: \(reason)") }
    static func invalidVersion(_ text: String) -> Self {
        Self(
            42202,
            "The specified version '\(text)' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"")
    }
    static var invalidCompatibility: Self {
        let values = CompatibilityLevel.allCases.map { $0.rawValue.lowercased() }.joined(separator: ", ")
        return Self(42203, "Invalid compatibility level. Valid values are \(values)")
    }
    static var invalidMode: Self {
        Self(42204, "Invalid mode. Valid values are \(RegistryMode.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    static func notPermitted(_ reason: String) -> Self { Self(42205, reason) }
    static func isReferenced(_ subject: String, _ version: Int32) -> Self {
        Self(42206, "One or more references exist to the schema {subject=\(subject),version=\(version)}.")
    }
    static func invalidSubject(_ subject: String) -> Self { Self(42208, "The specified subject '\(subject)' is not a valid subject.") }
    static func unsupported(_ what: String) -> Self { Self(422, "\(what) are not supported by this registry") }
    static func storage(_ reason: String) -> Self { Self(50001, "Error in the backend data store: \(reason)") }
    static func timeout(_ reason: String) -> Self { Self(50002, "Operation timed out: \(reason)") }
}

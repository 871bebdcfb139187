extension KafkaProtocolError {
    /// Throws if `version` is not one of `known`.
    static func check(_ version: Int16, in known: ClosedRange<Int16>, of name: StaticString) throws {
        guard known.contains(version) else {
            throw KafkaProtocolError(
                .unsupportedVersion,
                "version \(version) of \(name) is not one of \(known.lowerBound) to \(known.upperBound)")
        }
    }

    /// A field that `version` does not have has a value that cannot be left out.
    static func noField(_ field: StaticString, _ version: Int16) -> KafkaProtocolError {
        KafkaProtocolError(.unsupportedVersion, "version \(version) has no field \(field), which has a value")
    }

    /// A field is null that cannot be null in `version`.
    static func noNull(_ field: StaticString, _ version: Int16) -> KafkaProtocolError {
        KafkaProtocolError(.malformed, "\(field) cannot be null in version \(version)")
    }
}

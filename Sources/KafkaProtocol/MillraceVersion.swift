/// The version of all that is in this package: what `--version` shows, and what clients tell brokers (KIP-511).
package enum MillraceVersion {
    /// The version, by the policy that the article "Changelog" has.
    package static let current = "0.1.0"
}

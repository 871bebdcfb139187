internal import Foundation
public import KafkaClient
public import KafkaNetwork

/// Where a schema registry is, and how it is asked.
public struct SchemaRegistryConfiguration: Sendable {
    /// Who a client says it is.
    public enum Credentials: Sendable {
        /// A user's name and password (`basic.auth.user.info`).
        case basic(user: String, password: Secret)
        /// A token (`bearer.auth.token`).
        case bearer(Secret)
    }

    /// The registry's addresses, such as `http://localhost:8081`. If one does not answer, the next is asked.
    public var urls: [String]
    /// Who the client says it is; nil for nobody.
    public var credentials: Credentials?
    /// What servers of `https` addresses must show; nil trusts the system's authorities.
    public var tls: TLSClientContext?
    /// How long a call may take in all, with its retries. Then it throws `.unreachable`.
    public var timeout = Duration.seconds(30)
    /// How long one server may take to answer.
    public var requestTimeout = Duration.seconds(10)
    /// The waits between attempts.
    public var retryPolicy = RetryPolicy(initialBackoff: .milliseconds(100), maximumBackoff: .seconds(5))
    /// How many schemas are remembered. When there are more, all are forgotten.
    public var cacheSize = 10_000
    /// Told when the registry does not answer, and for how long it is asked.
    public var log: @Sendable (String) -> Void = { _ in }

    /// A registry at these addresses.
    public init(_ urls: String..., credentials: Credentials? = nil) {
        self.urls = urls
        self.credentials = credentials
    }
}

/// One address of a registry.
struct RegistryServer: Sendable {
    let address: NetworkAddress
    let isSecure: Bool
    /// What comes before each path, without a `/` at its end.
    let path: String

    /// Reads an address. Throws `.configuration`.
    init(_ url: String) throws(SchemaRegistryError) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty,
            scheme == "http" || scheme == "https", parts.query == nil, parts.fragment == nil
        else { throw SchemaRegistryError(.configuration, "\"\(url)\" is no address of a schema registry, such as http://localhost:8081") }
        guard parts.user == nil else {
            throw SchemaRegistryError(.configuration, "a schema registry's user and password belong in credentials, not in its address")
        }
        isSecure = scheme == "https"
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        address = NetworkAddress(host: name, port: parts.port ?? (isSecure ? 443 : 80))
        path = parts.percentEncodedPath.hasSuffix("/") ? String(parts.percentEncodedPath.dropLast()) : parts.percentEncodedPath
    }
}

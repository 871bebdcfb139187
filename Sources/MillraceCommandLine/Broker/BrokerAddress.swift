/// Where the broker is, as given to `--broker`: `embedded:DIR` for the embedded broker on a data directory, or
/// `host:port,...` for a cluster.
public enum BrokerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The embedded broker, in this process, with its data in this directory.
    case embedded(directory: String)
    /// A Kafka cluster, by some of its brokers.
    case cluster([Endpoint])

    /// A host and its port.
    public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
        /// The name or the address.
        public let host: String
        /// The port.
        public let port: Int

        /// A host and its port.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// The notation that `init(parsing:)` reads.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// Reads the notation above; IPv6 addresses stand in brackets. Throws `ValueError`.
    public init(parsing text: String) throws {
        if text.hasPrefix("embedded:") {
            let directory = String(text.dropFirst("embedded:".count))
            guard !directory.isEmpty else { throw ValueError("embedded: needs a directory, as in embedded:./data") }
            guard !directory.utf8.contains(0) else { throw ValueError("the directory's name has a zero byte") }
            self = .embedded(directory: directory)
            return
        }
        guard !text.isEmpty else { throw ValueError("it is empty; write embedded:DIR or host:port,...") }
        guard !text.contains("/") else {
            throw ValueError(
                "\"\(text)\" is neither embedded:DIR nor host:port,...; for a directory write embedded:\(Self.path(in: text))"
            )
        }
        self = .cluster(try text.split(separator: ",", omittingEmptySubsequences: false).map { try Self.endpoint($0) })
    }

    /// The notation that `init(parsing:)` reads.
    public var description: String {
        switch self {
        case .embedded(let directory): "embedded:\(directory)"
        case .cluster(let endpoints): endpoints.map(\.description).joined(separator: ",")
        }
    }

    private static func path(in text: String) -> String {
        // "embeded:/data" was meant for a directory all the same.
        guard let colon = text.firstIndex(of: ":"), nearest(to: String(text[..<colon]), in: ["embedded"]) != nil else {
            return text
        }
        return String(text[text.index(after: colon)...])
    }

    static func endpoint(_ part: Substring, ports: ClosedRange<Int> = 1...65535) throws -> Endpoint {
        func refuse(_ why: String) -> ValueError { ValueError("\"\(part)\" is not host:port: \(why)") }
        guard let colon = part.lastIndex(of: ":"), !part.hasSuffix("]") else { throw refuse("the port is missing") }
        var host = part[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw refuse("an IPv6 address stands in brackets")
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { throw refuse("the host is missing") }
        guard let port = Int(part[part.index(after: colon)...]), ports.contains(port) else {
            throw refuse("the port must be a number from \(ports.lowerBound) to \(ports.upperBound)")
        }
        return Endpoint(host: String(host), port: port)
    }
}

extension CommandOption {
    /// `--broker embedded:DIR` or `--broker HOST:PORT,...`; needed, unless `--config` says where the brokers are.
    public static var broker: CommandOption {
        CommandOption(
            "broker", "BROKER",
            "embedded:DIR for the embedded broker with its data in DIR, or HOST:PORT,... for a Kafka cluster. "
                + "Default: bootstrap.servers of --config.",
            kind: .checked { _ = try BrokerAddress(parsing: $0) })
    }

    /// `--config FILE`: how to connect to a cluster.
    public static var clientConfig: CommandOption {
        CommandOption(
            "config", "FILE",
            "Brokers, security and time-outs of a Kafka cluster: the client.properties of a Java client.",
            kind: .checked { _ = try ClientProperties(file: $0) })
    }

    /// `--config FILE` of a command that once took configs of topics by the same name, and still does.
    public static var clientConfigOrPairs: CommandOption {
        CommandOption(
            clientConfig.name, clientConfig.placeholder, clientConfig.summary,
            kind: .checked { if !$0.contains("=") { _ = try ClientProperties(file: $0) } }, isRepeatable: true)
    }
}

extension ParsedArguments {
    /// The value of `--broker`, or the brokers that `--config FILE` names. Throws `UsageError` if there is neither.
    public func brokerAddress() throws -> BrokerAddress {
        if let text = text("broker") { return try BrokerAddress(parsing: text) }
        if let bootstrap = try clientProperties().bootstrap { return bootstrap }
        throw UsageError("--broker BROKER is missing: embedded:DIR or HOST:PORT,..., unless --config has bootstrap.servers")
    }

    /// What `--config FILE` says, or the defaults; values of the form key=value are something else's.
    public func clientProperties() throws -> ClientProperties {
        guard let file = texts("config").last(where: { !$0.contains("=") }) else { return ClientProperties() }
        return try ClientProperties(file: file)
    }
}

public import KafkaClient

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How to connect to a cluster, in the words of Kafka's `client.properties`: `security.protocol`, `sasl.*`, `ssl.*`
/// with certificates in PEM (librdkafka's names work as well), and time-outs.
public struct ClientProperties: Sendable {
    /// Encryption and user.
    public var security = SecurityConfiguration()
    /// Some brokers of the cluster, if the file says so.
    public private(set) var bootstrap: BrokerAddress?
    /// The names of what is set and means nothing here, such as settings of a consumer.
    public private(set) var unknown: [String] = []
    /// Settings of connections that were given, in milliseconds, by their names.
    private var times: [String: Int] = [:]

    /// No security, and the usual time-outs.
    public init() {}

    /// Reads the file at `path`. Throws `ValueError`, which shows no passwords.
    public init(file path: String) throws {
        guard let file = fopen(path, "r") else {
            throw ValueError("\(path) cannot be read: \(systemError())")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer.prefix(count)
            guard bytes.count <= 1 << 20 else { throw ValueError("\(path) is too large to be a file of settings") }
        }
        guard ferror(file) == 0, let text = String(validating: bytes, as: UTF8.self) else {
            throw ValueError("\(path) is no text file")
        }
        do {
            try self.init(parsing: text)
        } catch {
            throw ValueError("\(path), \(error)")
        }
    }

    /// Reads the text of such a file. Throws `ValueError`, which shows no passwords.
    public init(parsing text: String) throws {
        var values: [String: String] = [:]
        for entry in PropertiesFile.parse(text) {
            let key = Self.otherNames[entry.key] ?? entry.key
            guard Self.known.contains(key) else {
                if !unknown.contains(entry.key) { unknown.append(entry.key) }
                continue
            }
            if Self.timeKeys.contains(key) {
                guard let time = Int(entry.value), (1...Int(Int32.max)).contains(time) else {
                    throw ValueError("line \(entry.line): \(entry.key) must be a number of milliseconds")
                }
                times[key] = time
            }
            values[key] = entry.value
        }
        try readSecurity(values)
        if let servers = values["bootstrap.servers"], !servers.isEmpty {
            do {
                bootstrap = try BrokerAddress(parsing: servers.filter { !$0.isWhitespace })
            } catch {
                throw ValueError("bootstrap.servers: \(error)")
            }
            if case .embedded? = bootstrap { throw ValueError("bootstrap.servers takes host:port,...") }
        }
    }

    /// What is to be said of a file that sets what means nothing here; nil if it sets nothing of the kind.
    var warning: String? {
        guard !unknown.isEmpty else { return nil }
        let names = unknown.map { name in
            let near = Self.nearest(to: name)
            return near.map { "\(name) (did you mean \($0)?)" } ?? name
        }
        return "settings of --config that mean nothing here: \(names.joined(separator: ", "))"
    }

    /// Only what concerns security can be a slip that matters.
    private static func nearest(to name: String) -> String? {
        let near = MillraceCommandLine.nearest(to: name, in: known.sorted() + otherNames.keys.sorted())
        return near.flatMap { editDistance($0, name) <= 2 ? $0 : nil }
    }

    /// What connections are made with.
    public var tcp: TCPConfiguration {
        var configuration = TCPConfiguration(security: security)
        func set(_ key: String, _ field: WritableKeyPath<TCPConfiguration, Duration>) {
            if let time = times[key] { configuration[keyPath: field] = .milliseconds(time) }
        }
        set("request.timeout.ms", \.requestTimeout)
        set("socket.connection.setup.timeout.ms", \.connectTimeout)
        set("connections.max.idle.ms", \.idleTimeout)
        set("reconnect.backoff.ms", \.reconnectBackoff)
        set("reconnect.backoff.max.ms", \.maximumReconnectBackoff)
        return configuration
    }

    /// The names of those that are a number of milliseconds.
    static let timeKeys: Set<String> = [
        "request.timeout.ms", "socket.connection.setup.timeout.ms", "connections.max.idle.ms", "reconnect.backoff.ms",
        "reconnect.backoff.max.ms",
    ]
    private static let known: Set<String> = timeKeys.union([
        // The client's name comes from the program.
        "bootstrap.servers", "client.id", "security.protocol", "sasl.mechanism", "sasl.jaas.config", "sasl.username",
        "sasl.password", "ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.certificates",
        "ssl.keystore.type", "ssl.keystore.location", "ssl.keystore.certificate.chain", "ssl.keystore.key",
        "ssl.key.password", "ssl.endpoint.identification.algorithm", "ssl.certificate.location", "ssl.key.location",
    ])
    /// librdkafka's names for the same.
    private static let otherNames = [
        "sasl.mechanisms": "sasl.mechanism", "ssl.ca.location": "ssl.truststore.location",
        "ssl.ca.pem": "ssl.truststore.certificates", "ssl.certificate.pem": "ssl.keystore.certificate.chain",
        "ssl.key.pem": "ssl.keystore.key", "metadata.broker.list": "bootstrap.servers",
        "socket.connection.setup.timeout.max.ms": "socket.connection.setup.timeout.ms",
    ]
}

public import KafkaBroker
internal import KafkaNetwork

/// The settings of an embedded broker and its server, by the names that they have in Kafka's `server.properties`.
public struct BrokerProperties: Sendable {
    /// What is set of the broker.
    public var broker: BrokerConfiguration
    /// What is set of the authorizer, which counts if there is one.
    var authorizer: AuthorizerConfiguration {
        didSet { broker.authorizer = authorizes ? authorizer : nil }
    }
    var authorizes: Bool {
        didSet { broker.authorizer = authorizes ? authorizer : nil }
    }
    /// What is set of the server, without its security.
    var server: ServerConfiguration
    var security = Security()

    /// Kafka's names of the ways to protect a listener.
    enum SecurityProtocol: String, CaseIterable {
        case plaintext = "PLAINTEXT"
        case ssl = "SSL"
        case saslPlaintext = "SASL_PLAINTEXT"
        case saslSSL = "SASL_SSL"

        var usesTLS: Bool { self == .ssl || self == .saslSSL }
        var usesSASL: Bool { self == .saslPlaintext || self == .saslSSL }
    }

    struct Security: Sendable {
        var securityProtocol = SecurityProtocol.plaintext
        var mechanisms: [SASLMechanism] = [.scramSHA256, .scramSHA512]
        var keystore: String?
        var keyPassword: Secret?
        var truststore: String?
        var clientAuthentication = TLSServerContext.ClientAuthentication.none
    }

    /// Settings to begin with.
    public init(broker: BrokerConfiguration = .init(), server: ServerConfiguration = .init()) {
        self.broker = broker
        self.server = server
        authorizer = broker.authorizer ?? AuthorizerConfiguration()
        authorizes = broker.authorizer != nil
    }

    /// What is set of the server. Throws `ValueError` for security settings that do not fit together, and `NetworkError`
    /// if a certificate or a key cannot be used.
    public func serverConfiguration() throws -> ServerConfiguration {
        var server = server
        if security.securityProtocol.usesSASL { server.saslMechanisms = security.mechanisms }
        guard security.securityProtocol.usesTLS else { return server }
        guard let keystore = security.keystore else {
            throw ValueError("security.protocol \(security.securityProtocol.rawValue) needs ssl.keystore.location")
        }
        var tls = TLSServerContext.Configuration(
            certificateChain: .file(keystore), privateKey: nil, keyPassword: security.keyPassword)
        tls.trustedCertificates = security.truststore.map { .file($0) }
        tls.clientAuthentication = security.clientAuthentication
        server.tls = try TLSServerContext(tls)
        return server
    }

    /// Sets one property. Throws `ValueError` for an unknown name or a value that makes no sense.
    public mutating func set(_ name: String, to value: String) throws {
        guard let property = Self.properties[name] else {
            if let option = Self.options[name] { throw ValueError("\(name) is given by \(option)") }
            let near = nearest(to: name, in: Self.names)
            throw ValueError("unknown setting \(name)\(near.map { "; did you mean \($0)?" } ?? "")")
        }
        do { try property.set(&self, value) } catch { throw ValueError("\(name): \(error)") }
    }

    /// Sets what the lines of a file in the syntax of Java's properties say. Throws `ValueError` with the number of the
    /// line.
    public mutating func set(parsing text: String) throws {
        for entry in PropertiesFile.parse(text) {
            do { try set(entry.key, to: entry.value) } catch { throw ValueError("line \(entry.line): \(error)") }
        }
    }

    /// The names of all that can be set.
    static var names: [String] { properties.keys.sorted() }

    private static let properties = Dictionary(uniqueKeysWithValues: BrokerProperty.all.map { ($0.name, $0) })

    /// All that can be set, with the defaults and what it means; for people.
    public static var help: String {
        let standard = BrokerProperties()
        return BrokerProperty.all.sorted { $0.name < $1.name }.map { property in
            let value = property.show(standard)
            return "\(property.name)=\(value)\n    \(property.meaning)\n"
        }.joined()
    }

    /// Properties of Kafka that are options of the command line here.
    private static let options = [
        "listeners": "--listen", "advertised.listeners": "--advertise", "log.dirs": "--data", "log.dir": "--data",
        "port": "--listen", "host.name": "--listen",
    ]
}

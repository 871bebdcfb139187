public import KafkaBroker
public import KafkaNetwork

/// Where an embedded broker can be reached by other programs, as given by `--listen` and `--advertise`.
public struct BrokerListener: Sendable {
    /// The address to listen on.
    public var address: NetworkAddress
    /// How clients are treated, and the address they are told.
    public var configuration: ServerConfiguration
    /// Called when the port is open, with the address that clients can connect to.
    public var opened: @Sendable (NetworkAddress) -> Void = { _ in }

    /// A listener.
    public init(address: NetworkAddress, configuration: ServerConfiguration = .init()) {
        self.address = address
        self.configuration = configuration
    }

    /// Opens the port and tells so. Throws `NetworkError`.
    func open(_ broker: Broker, console: Console) throws -> BrokerServer {
        let server = try BrokerServer(
            broker, listeningOn: address, configuration: configuration, log: console.tell)
        console.info("listening on \(server.address)")
        opened(configuration.advertised ?? server.address)
        return server
    }
}

extension Console {
    /// Tells of an event of a broker.
    @Sendable func tell(_ event: BrokerEvent) {
        switch event.level {
        case .info: info(event.message, about: event.subject)
        case .warning: warning(event.message, about: event.subject)
        }
    }
}

extension CommandOption {
    /// `--listen HOST:PORT`.
    public static func listen(isRequired: Bool = false) -> CommandOption {
        CommandOption(
            "listen", "HOST:PORT",
            "Where other Kafka clients reach the embedded broker; port 0 takes a free one.",
            kind: .checked { _ = try NetworkAddress(listening: $0) }, isRequired: isRequired)
    }

    /// `--advertise HOST:PORT`.
    public static var advertise: CommandOption {
        CommandOption(
            "advertise", "HOST:PORT",
            "The address that clients are told to connect to. Default: that of --listen, or the one they have connected to if that stands for all addresses.",
            kind: .checked { _ = try BrokerAddress.endpoint($0[...]) })
    }
}

extension ParsedArguments {
    /// What `--listen` and `--advertise` say, nil without `--listen`; `configuration` holds what they do not say. Throws
    /// `UsageError`.
    public func brokerListener(_ configuration: ServerConfiguration = .init()) throws -> BrokerListener? {
        var configuration = configuration
        if let advertised = text("advertise") {
            guard text("listen") != nil else { throw UsageError("--advertise needs --listen") }
            let endpoint = try BrokerAddress.endpoint(advertised[...])
            configuration.advertised = NetworkAddress(host: endpoint.host, port: endpoint.port)
        }
        guard let address = try text("listen").map({ try NetworkAddress(listening: $0) }) else { return nil }
        return BrokerListener(address: address, configuration: configuration)
    }
}

extension NetworkAddress {
    /// An address to listen on: as for clients, but the port may be 0 for any.
    init(listening text: String) throws {
        let endpoint = try BrokerAddress.endpoint(text[...], ports: 0...65535)
        self.init(host: endpoint.host, port: endpoint.port)
    }
}

internal import MillraceHTTP
internal import KafkaBroker
internal import KafkaClient
internal import KafkaNetwork
internal import Millrace

/// One `processor run`: what the command line asks for.
struct ProcessorRun: Sendable {
    let invocation: Invocation
    let topology: Topology
    let configuration: StreamsConfiguration
    let address: BrokerAddress
    private let listener: BrokerListener?
    private let schemaRegistry: HTTPConfiguration?
    private let stopsWithin: Duration
    private let log: StreamsLog

    /// Checks the command line and builds the topology. Throws `UsageError`, or what the topology's builder throws.
    init(_ invocation: Invocation, catalog: TopologyCatalog) throws {
        let arguments = invocation.arguments
        let definition = try catalog.definition(named: arguments.positionals.first ?? "")
        self.invocation = invocation
        address = try arguments.brokerAddress()
        listener = try arguments.brokerListener()
        if listener != nil, case .cluster = address {
            throw UsageError("--listen is for the embedded broker; a cluster of its own listens already")
        }
        schemaRegistry = try arguments.schemaRegistry()
        if schemaRegistry != nil, case .cluster = address {
            throw UsageError("--schema-registry is for the embedded broker; a cluster's schema registry runs beside it")
        }
        let failures = try FailureOptions(arguments)
        topology = try definition.topology(settings: arguments.pairs("set"))
        let log = StreamsLog(invocation.console, countingRecordsOf: topology.userSinkTopics)
        self.log = log
        let partitions = Int32(arguments.integer("partitions") ?? 4)
        // On one machine a transaction costs next to nothing, and a crash takes broker and processor at once.
        let usual: ProcessingGuarantee = if case .embedded = address { .exactlyOnce } else { .atLeastOnce }
        var configuration = StreamsConfiguration(
            applicationID: arguments.text("application-id") ?? definition.name,
            guarantee: arguments.text("guarantee").flatMap { ProcessingGuarantee(rawValue: $0) } ?? usual,
            commitInterval: arguments.duration("commit-interval"),
            missingTopics: arguments.flag("no-create-topics")
                ? .fail : .create(partitions: partitions, configs: try Self.topicConfigs(arguments)),
            exitsWhenIdle: arguments.flag("exit-when-idle"), observer: { log.note($0) })
        failures.apply(to: &configuration)
        if let bytes = arguments.bytes("cache-size") { configuration.cacheBytes = bytes }
        configuration.repartitionBacklogBytes = arguments.bytes("repartition-backlog")
        if let time = arguments.duration("metadata-max-age") { configuration.metadataMaxAge = time }
        if let time = arguments.duration("session-timeout") { configuration.sessionTimeout = time }
        if let time = arguments.duration("max-poll-interval") { configuration.maxPollInterval = time }
        if let time = arguments.duration("transaction-timeout") { configuration.transactionTimeout = time }
        if let time = arguments.duration("max-task-idle") { configuration.maxTaskIdle = time }
        configuration.outageLimit = arguments.duration("outage-limit")
        configuration.acceptsLostState = arguments.flag("accept-lost-state")
        let statePlace = arguments.statePlace(of: address)
        configuration.stateDirectory = statePlace.directory(of: address)
        if case .home = statePlace { configuration.sharesStateDirectory = true }
        configuration.instanceID = arguments.text("instance-id")
        configuration.staysInGroup = arguments.flag("stay-in-group")
        configuration.standbys = arguments.integer("standbys") ?? 0
        configuration.rackTags = try arguments.pairs("rack")
        configuration.defaultStore = arguments.text("store").flatMap { StoreEngine(rawValue: $0) } ?? .memory
        if configuration.defaultStore == .rocksDB { RowEngine.shareArenas() }
        if let bytes = arguments.bytes("state-memory") { configuration.stateMemory = bytes }
        if let time = arguments.duration("state-cleanup-delay") { configuration.stateCleanupDelay = time }
        if var http = try arguments.http() {
            let (console, configured) = (invocation.console, http)
            http.opened = { console.info("live page on \(configured.page(at: $0))") }
            configuration.http = StreamsHTTP(http)
            // Others pass questions about keys on to there.
            if http.address.port != 0 { configuration.server = "\(http.address)" }
        }
        stopsWithin = arguments.duration("stop-within") ?? .seconds(25)
        self.configuration = configuration
    }

    /// The configs of topics that are created: without a limit of time, unless one is asked for. Event times may lie in the
    /// past, where a limit would delete output at once.
    private static func topicConfigs(_ arguments: ParsedArguments) throws -> [String: String] {
        ["retention.ms": "-1"].merging(try arguments.pairs("topic-config")) { $1 }
    }

    /// Runs until the topology is idle, if asked to, or stopped. Returns after all is committed and closed.
    func run() async throws {
        var embedded = BrokerConfiguration()
        // A topic that nobody asked for would only hide a mistake.
        embedded.autoCreateTopics = false
        var connector = BrokerConnector(
            configuration: embedded, console: invocation.console,
            clientProperties: try invocation.arguments.clientProperties(), listener: listener)
        connector.schemaRegistry = schemaRegistry
        let clientID = configuration.applicationID
        try await connector.withClient(of: address, clientID: clientID, allowsTopicCreation: false, waitsForCluster: true) {
            client in
            try await run(StreamsApplication(topology, configuration: configuration, client: client))
        }
    }

    private func run(_ application: StreamsApplication) async throws {
        defer { log.finish() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            group.addTask {
                await invocation.stop.wait()
                if invocation.stop.isRequested {
                    invocation.console.info("stopping: commits and closes; a second signal ends at once")
                    application.stop(within: stopsWithin)
                }
                return false
            }
            defer { group.cancelAll() }
            while let isApplication = try await group.next(), !isApplication {}
        }
    }
}

public import KafkaProtocol
import Synchronization

/// A cluster as clients see it: a transport, what is known of topics and brokers, and where each request must go.
///
/// Producers, consumers and admins of one application share a client, and with it the metadata and the connections. All
/// calls may be made from many tasks at once.
public final class KafkaClient: Sendable {
    /// The way to the brokers.
    public let transport: any KafkaTransport
    /// The name under which brokers log this client.
    public let clientID: String
    /// When and how long to try again.
    public let retryPolicy: RetryPolicy
    /// Clock and chance.
    public let environment: ClientEnvironment
    /// Whether brokers may create a topic that a producer or consumer asks for and that does not exist.
    public let allowsTopicCreation: Bool

    /// What clients of one cluster know together.
    let cluster: ClusterKnowledge
    /// What is waited for at the moment.
    package var waits: WaitBoard { cluster.waits }

    /// A client of the cluster that `transport` leads to.
    public init(
        transport: any KafkaTransport, clientID: String, retryPolicy: RetryPolicy = RetryPolicy(),
        environment: ClientEnvironment = .system, allowsTopicCreation: Bool = true
    ) {
        self.transport = transport
        self.clientID = clientID
        self.retryPolicy = retryPolicy
        self.environment = environment
        self.allowsTopicCreation = allowsTopicCreation
        cluster = ClusterKnowledge()
    }

    private init(_ other: KafkaClient, retryPolicy: RetryPolicy) {
        transport = other.transport
        clientID = other.clientID
        self.retryPolicy = retryPolicy
        environment = other.environment
        allowsTopicCreation = other.allowsTopicCreation
        cluster = other.cluster
    }

    /// This client with another policy for retries. Metadata and connections are shared.
    public func with(retryPolicy: RetryPolicy) -> KafkaClient { KafkaClient(self, retryPolicy: retryPolicy) }

    /// Sends `request` to `node`, or to any broker, once. Throws a `KafkaError` or `CancellationError`.
    public func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        let call = waits.began(R.apiKey, to: node, keptFor: (request as? FetchRequest)?.maxWaitMs, now: environment.now())
        defer { waits.ended(call) }
        do {
            return try await transport.send(request, to: node)
        } catch {
            throw KafkaError.wrapping(error, "send a \(R.self) to \(node.map { "broker \($0)" } ?? "a broker")")
        }
    }

    /// Calls `body` until it returns or throws an error that no retry can help. Between attempts it waits longer and longer;
    /// after `timeout` (the policy's if nil) it throws the last error.
    public func retrying<T: Sendable>(
        _ what: String, timeout: Duration? = nil, _ body: (_ attempt: Int) async throws -> T
    ) async throws -> T {
        let end = environment.now().saturatingAdd((timeout ?? retryPolicy.timeout).milliseconds)
        var attempt = 1
        var wait: WaitBoard.Key?
        defer { if let wait { waits.clear(wait) } }
        while true {
            do {
                return try await body(attempt)
            } catch let error as KafkaError where error.isRetriable {
                let now = environment.now()
                let pause = retryPolicy.delay(afterAttempt: attempt, random: environment.random())
                guard now.saturatingAdd(pause) <= end else {
                    var last = error
                    if attempt > 1 { last.message += ", after \(attempt) attempts" }
                    throw last
                }
                let key = wait ?? WaitBoard.Key(waits.newOwner())
                wait = key
                waits.note(key, what, because: error, now: now)
                try await environment.sleep(pause)
                attempt += 1
            }
        }
    }

    /// Ends all connections. Producers and consumers should be closed first.
    public func close() async { await transport.close() }
}

/// What is known of a cluster, and waited for.
final class ClusterKnowledge: Sendable {
    let metadata = Mutex(MetadataCache())
    let metadataChanged = Notifier()
    let coordinators = Mutex<[Coordinator: Int32]>([:])
    let waits = WaitBoard()
}

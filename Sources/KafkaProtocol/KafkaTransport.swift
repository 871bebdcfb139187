/// A request of one API: its fields, and how each version of it is written and read.
public protocol KafkaRequest: Sendable {
    /// What a broker answers it with.
    associatedtype Response: KafkaResponse
    /// The API's number.
    static var apiKey: APIKey { get }
    /// The versions that can be written and read here.
    static var versions: ClosedRange<Int16> { get }
    /// Of `versions` those that are final in Kafka, which is what a broker offers. All, unless a message says
    /// otherwise.
    static var stableVersions: ClosedRange<Int16> { get }
    /// The newest version that means what this request is to mean. The last stable one, unless a message says otherwise.
    var newestVersion: Int16 { get }
    /// The first flexible version (tagged fields, compact lengths); nil if there is none.
    static var flexibleSince: Int16? { get }
    /// Appends the body in `version`.
    func encode(into writer: inout ByteWriter, version: Int16) throws
    /// Reads a body of `version`.
    init(from reader: inout ByteReader, version: Int16) throws
}

extension KafkaRequest {
    /// `versions`.
    public static var stableVersions: ClosedRange<Int16> { versions }
    /// The last of `stableVersions`.
    public var newestVersion: Int16 { Self.stableVersions.upperBound }
}

/// A response of one API.
public protocol KafkaResponse: Sendable {
    /// Appends the body in `version`.
    func encode(into writer: inout ByteWriter, version: Int16) throws
    /// Reads a body of `version`.
    init(from reader: inout ByteReader, version: Int16) throws
}

/// The way to the brokers of a cluster: in process (request structs are handed over, record batches stay bytes) or
/// over TCP. Everything above a transport is the same for both.
///
/// A transport may be used by many tasks at once; each request is answered on its own.
public protocol KafkaTransport: Sendable {
    /// Sends `request` to the broker with the id `node`, or to any broker if nil, and waits for the answer.
    ///
    /// Cancelling the task gives up waiting. Throws `CancellationError` then, and the transport's error if the broker
    /// cannot be reached. Errors that the broker reports are in the response.
    func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response

    /// Ends all connections; requests under way and later ones throw.
    func close() async

    /// Whether the broker is in this process, so that what it keeps is kept at the cost of who writes it.
    var isInProcess: Bool { get }
}

extension KafkaTransport {
    /// No.
    public var isInProcess: Bool { false }
}

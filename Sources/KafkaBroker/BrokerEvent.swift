/// Something remarkable that a broker or its server tells of, for a log.
public struct BrokerEvent: Sendable, Hashable, CustomStringConvertible {
    /// How much it matters. More may come.
    public enum Level: Sendable, Hashable {
        /// Something was done.
        case info
        /// Something went wrong, or needs somebody's attention.
        case warning
    }

    /// How much it matters.
    public var level: Level
    /// What it is about: a partition, a group, a transactional id, a client; nil for the broker as a whole. Events that
    /// differ only in this are of one kind.
    public var subject: String?
    /// What happened.
    public var message: String

    /// An event.
    public init(_ level: Level = .warning, about subject: String? = nil, _ message: String) {
        self.level = level
        self.subject = subject
        self.message = message
    }

    /// The subject and the message.
    public var description: String { subject.map { "\($0): \(message)" } ?? message }
}

/// Tells events to whoever opened the broker.
struct BrokerReport: Sendable {
    private let sink: @Sendable (BrokerEvent) -> Void

    init(_ sink: @escaping @Sendable (BrokerEvent) -> Void = { _ in }) { self.sink = sink }

    func callAsFunction(_ message: String, about subject: String? = nil, _ level: BrokerEvent.Level = .warning) {
        sink(BrokerEvent(level, about: subject, message))
    }

    /// A way to tell about `subject` alone. Messages that begin with it are told without it.
    func about(_ subject: String) -> @Sendable (String) -> Void {
        { message in
            let prefix = "\(subject): "
            self(message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message, about: subject)
        }
    }
}

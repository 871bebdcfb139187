import KafkaProtocol

/// Why a query has no answer.
public struct QueryError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case unknownStore, wrongTypes, notHere, rebalancing, behind, notUpToBound, timedOut, overloaded, invalidKey
            case unreadable, stopped, unreachable
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// The code that another instance has told by its name.
        init?(_ name: String) {
            guard let base = Base(rawValue: name) else { return nil }
            self.base = base
        }
        /// The topology has no such store, or one that cannot be queried; the message names those there are.
        public static let unknownStore = Code(.unknownStore)
        /// The store has other types, or is of another kind, than was asked for; the message names them.
        public static let wrongTypes = Code(.wrongTypes)
        /// Another instance has the partition: `QueryError.location` says which.
        public static let notHere = Code(.notHere)
        /// The partition is on its way: its task begins, moves or starts anew. Ask again soon.
        public static let rebalancing = Code(.rebalancing)
        /// The partition is here but behind its changelog, by more than `QueryOptions` allows: it is being restored, or followed
        /// as a standby.
        public static let behind = Code(.behind)
        /// The task has not come to the position that was asked for. Ask again soon.
        public static let notUpToBound = Code(.notUpToBound)
        /// The task's turn has gone on for longer than `QueryOptions.timeout`, or its thread was not free.
        public static let timedOut = Code(.timedOut)
        /// More queries wait for the task than may.
        public static let overloaded = Code(.overloaded)
        /// A key cannot be written by the store's serde, or bytes are no key of it.
        public static let invalidKey = Code(.invalidKey)
        /// What the store has cannot be read: a serde throws, or the disk.
        public static let unreadable = Code(.unreadable)
        /// The application has ended, or the task has failed for good.
        public static let stopped = Code(.stopped)
        /// Another instance has the partition, which was asked, and does not answer.
        public static let unreachable = Code(.unreachable)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of reason.
    public let code: Code
    /// What was asked, of which store and partition, and what to do about it.
    public let message: String
    /// Who has the partition, as far as that is known: for `notHere`, `rebalancing` and `behind`.
    public let location: KeyMetadata?
    /// The error beneath, if there is one.
    public let underlying: (any Error)?

    init(_ code: Code, _ message: String, at location: KeyMetadata? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.underlying = underlying
    }

    /// Whether the same query may be answered here a little later.
    public var isRetriable: Bool {
        [.rebalancing, .behind, .notUpToBound, .timedOut, .overloaded, .unreachable].contains(code)
    }

    /// The message with the error beneath, or else the kind of reason.
    public var description: String { errorText(message, kind: code, beneath: underlying) }
}

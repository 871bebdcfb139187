/// What a look at all files of a broker's data directory has found (`Broker.verify(directory:)`).
public struct DirectoryReport: Sendable, Encodable {
    /// Something that is not as it should be, or that is worth to know.
    public struct Finding: Sendable, Encodable {
        /// Whether something is lost or cannot be trusted; else the next start of a broker sees to it.
        public let isDamage: Bool
        /// The file or directory.
        public let path: String
        /// Where in the file, in bytes; nil for all of it.
        public let position: Int?
        /// How many bytes of it; nil if that is not known.
        public let length: Int?
        /// The first offset that is concerned; nil for none.
        public let offset: Int64?
        /// How many records are lost; nil if none are, or nobody knows.
        public let records: Int64?
        /// What is wrong.
        public let message: String
    }

    /// A partition's log.
    public struct Partition: Sendable, Encodable {
        /// Topic and number, as in the directory's name.
        public let name: String
        /// The files with records.
        public internal(set) var segments = 0
        /// The batches that can be read.
        public internal(set) var batches = 0
        /// The records in them.
        public internal(set) var records = 0
        /// The size of the segments in bytes.
        public internal(set) var bytes = 0
        /// The first offset that readers can have.
        public internal(set) var startOffset: Int64 = 0
        /// The offset after the last record.
        public internal(set) var endOffset: Int64 = 0
        /// What was found in its files.
        public internal(set) var findings: [Finding] = []

        init(name: String) { self.name = name }
    }

    /// The directory.
    public let directory: String
    /// Whether a broker had it at the time: then the ends of logs may have been in motion.
    public internal(set) var isInUse = false
    /// Whether anything is damaged.
    public internal(set) var isDamaged = false
    /// The logs, in the order of their names.
    public internal(set) var partitions: [Partition] = []
    /// What was found beside the logs.
    public internal(set) var findings: [Finding] = []

    init(directory: String) { self.directory = directory }

    mutating func add(_ partition: Partition) {
        partitions.append(partition)
        if partition.findings.contains(where: \.isDamage) { isDamaged = true }
    }

    mutating func add(damage: Bool, _ path: String, _ message: String) {
        findings.append(Finding(damage: damage, path, message))
        if damage { isDamaged = true }
    }
}

extension DirectoryReport.Finding {
    init(
        damage: Bool, _ path: String, at bytes: Range<Int>? = nil, offset: Int64? = nil, records: Int64? = nil,
        _ message: String
    ) {
        self.init(
            isDamage: damage, path: path, position: bytes?.lowerBound, length: bytes?.count, offset: offset,
            records: records, message: message)
    }
}

internal import KafkaProtocol

/// What a client did wrong, or what went wrong for it.
struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    let code: KafkaErrorCode
    let message: String
    /// The records that a batch was refused for, if it was for single ones.
    let records: [PartitionLogError.RecordFault]

    init(_ code: KafkaErrorCode, _ message: String, records: [PartitionLogError.RecordFault] = []) {
        self.code = code
        self.message = message
        self.records = records
    }

    /// Any error as what a client is told.
    init(_ error: any Error) {
        switch error {
        case let error as RequestError: self = error
        case let error as PartitionLogError: self.init(error.code, error.message, records: error.records)
        case let error as BrokerError: self.init(.kafkaStorageError, error.description)
        default: self.init(.unknownServerError, "\(error)")
        }
    }

    /// The message with the code.
    var description: String { errorText(message, kind: code) }
}

/// The settings of a topic that differ from the defaults.
struct TopicConfiguration: Sendable, Equatable {
    private(set) var overrides: [String: String] = [:]

    init() {}

    /// Checks and takes settings. Throws `RequestError` with `INVALID_CONFIG` for an unknown name or a bad value.
    init(_ settings: [(name: String, value: String?)]) throws {
        for (name, value) in settings {
            guard let value else {
                throw RequestError(.invalidConfig, "Null value not supported for topic configs: \(name)")
            }
            try set(name, to: value)
        }
    }

    /// Changes one setting; nil goes back to the default.
    mutating func set(_ name: String, to value: String?) throws(RequestError) {
        guard let definition = ConfigDefinition.topicByName[name] else {
            throw RequestError(.invalidConfig, "Unknown topic config name: \(name)")
        }
        guard let value else {
            overrides[name] = nil
            return
        }
        if let problem = definition.problem(with: value) { throw RequestError(.invalidConfig, problem) }
        overrides[name] = value
    }

    /// Adds to or takes from a list setting, as IncrementalAlterConfigs can.
    mutating func change(list name: String, by value: String, adding: Bool, broker: BrokerConfiguration) throws {
        guard let definition = ConfigDefinition.topicByName[name] else {
            throw RequestError(.invalidConfig, "Unknown topic config name: \(name)")
        }
        guard definition.type == .list else {
            throw RequestError(.invalidConfig, "Config value append is not allowed for config key: \(name)")
        }
        let changes = ConfigDefinition.list(value)
        var elements = ConfigDefinition.list(self.value(of: definition, broker: broker))
        if adding {
            for element in changes where !elements.contains(element) { elements.append(element) }
        } else {
            elements.removeAll(where: changes.contains)
        }
        try set(name, to: elements.joined(separator: ","))
    }

    /// The value in force.
    func value(of definition: ConfigDefinition, broker: BrokerConfiguration) -> String {
        overrides[definition.name] ?? definition.defaultValue(broker)
    }

    private func text(_ name: String, _ broker: BrokerConfiguration) -> String {
        ConfigDefinition.topicByName[name].map { value(of: $0, broker: broker) } ?? ""
    }

    private func number(_ name: String, _ broker: BrokerConfiguration) -> Int64 { Int64(text(name, broker)) ?? 0 }

    /// What a partition's log needs to know.
    func log(broker: BrokerConfiguration) -> LogConfiguration {
        var log = LogConfiguration()
        let policy = ConfigDefinition.list(text("cleanup.policy", broker))
        log.cleanupPolicy = []
        if policy.contains("delete") { log.cleanupPolicy.insert(.delete) }
        if policy.contains("compact") { log.cleanupPolicy.insert(.compact) }
        log.segmentBytes = Int(number("segment.bytes", broker))
        log.segmentMs = number("segment.ms", broker)
        log.indexIntervalBytes = Int(number("index.interval.bytes", broker))
        log.retentionMs = number("retention.ms", broker)
        log.retentionBytes = number("retention.bytes", broker)
        log.deleteRetentionMs = number("delete.retention.ms", broker)
        log.minCleanableDirtyRatio = Double(text("min.cleanable.dirty.ratio", broker)) ?? 0.5
        log.minCompactionLagMs = number("min.compaction.lag.ms", broker)
        log.maxMessageBytes = Int(number("max.message.bytes", broker))
        log.flushMessages = number("flush.messages", broker)
        log.flushMs = number("flush.ms", broker)
        log.messageTimestampType =
            text("message.timestamp.type", broker) == "LogAppendTime" ? .logAppendTime : .createTime
        // The old name counts where the new ones say nothing, as in Kafka until 3.9.
        let difference = number("message.timestamp.difference.max.ms", broker)
        let (before, after) = (
            number("message.timestamp.before.max.ms", broker), number("message.timestamp.after.max.ms", broker)
        )
        log.timestampBeforeMaxMs = before == .max ? difference : before
        log.timestampAfterMaxMs = after == .max ? difference : after
        return log
    }
}

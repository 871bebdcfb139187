public import Logging
public import Millrace

/// What happens in an application, to a logger of swift-log: for `StreamsConfiguration.log`.
///
/// ```swift
/// configuration.log = logBridge(to: logger)
/// ```
public func logBridge(to logger: Logger) -> @Sendable (StreamsLogEntry) -> Void {
    { entry in
        var metadata = Logger.Metadata(uniqueKeysWithValues: entry.fields.map { ($0.key, .string($0.value)) })
        if let task = entry.task { metadata["task"] = "\(task)" }
        logger.log(level: Logger.Level(entry.level), "\(entry.message)", metadata: metadata)
    }
}

extension Logger.Level {
    /// The level of that name; what swift-log does not have is a notice.
    public init(_ level: StreamsLogEntry.Level) { self = Logger.Level(rawValue: level.rawValue) ?? .notice }
}

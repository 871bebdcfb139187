public import KafkaProtocol

/// Where a custom store writes its changes: one partition of its changelog topic, which is compacted by key.
public struct StoreChangelogWriter {
    let writer: ChangelogWriter?

    /// Writes one change; a nil value deletes. Does nothing for a store that is not logged. The timestamp is the task's
    /// stream time if none is given.
    public func write(key: Bytes, value: Bytes?, timestamp: Int64? = nil) throws {
        guard let writer else { return }
        try writer.write(
            key, .bytes, value, .bytes, timestamp: timestamp ?? max(0, writer.context.streamTime))
    }
}

public import KafkaProtocol

/// Where the records that a task writes go: the producer of a running application, or a test driver's topics.
@usableFromInline
package protocol RecordCollector: AnyObject {
    /// The handle of a topic, looked up once when a task is assembled.
    func target(topic: String) -> TopicTarget
    /// The number of partitions of a topic; 0 where it is not known yet.
    func partitionCount(of target: TopicTarget) -> Int32
    /// The handle of a topic that a step has chosen for a record; it need not be known before.
    func target(topic: String, chosenBy step: String) -> TopicTarget
    /// Has the partition of the last record collected for a topic chosen once their number is known.
    func choosePartitionLater(of target: TopicTarget, _ choose: @escaping (_ count: Int32) -> Int32?)
    /// Whether records are taken that brokers have refused before, for another attempt.
    var takesRefused: Bool { get set }
    /// Takes over a record. A nil `partition` means: by the hash of the key without its last `windowBytes`, or any
    /// partition where there is no key. The buffers are valid during the call only.
    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?, windowBytes: Int,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) throws
}

extension RecordCollector {
    package var takesRefused: Bool {
        get { false }
        set {}
    }

    @usableFromInline
    package func target(topic: String, chosenBy step: String) -> TopicTarget { target(topic: topic) }

    @usableFromInline
    package func choosePartitionLater(of target: TopicTarget, _ choose: @escaping (_ count: Int32) -> Int32?) {}
}

/// The number of a topic with a collector.
@usableFromInline
package struct TopicTarget: Sendable, Hashable {
    @usableFromInline package let index: Int
    @usableFromInline package init(index: Int) { self.index = index }
}

/// Writes a store's changes to its changelog topic, in the partition of the task, and to where its rows are kept on disk.
@usableFromInline
struct ChangelogWriter {
    /// Nil for a store without a changelog of its own.
    @usableFromInline let target: TopicTarget?
    /// Nil where no local state is kept.
    @usableFromInline let rows: RowLogBuffer?
    /// Nil for a store whose rows are all in memory.
    @usableFromInline let disk: (any DiskStore)?
    @usableFromInline let context: TaskContext

    @inlinable init(target: TopicTarget?, rows: RowLogBuffer?, disk: (any DiskStore)? = nil, context: TaskContext) {
        self.target = target
        self.rows = rows
        self.disk = disk
        self.context = context
    }

    /// Writes one change under a key whose bytes are at hand, with what `appending` adds to them; a nil value is a tombstone.
    /// `isNew`: there was no such row at the last flush.
    @inlinable
    func write<Value>(
        key: UnsafeRawBufferPointer, appending suffix: (inout ByteWriter) -> Void = { _ in }, _ value: Value?,
        _ valueSerde: Serde<Value>, timestamp: Int64, headers: [RecordHeader] = [], isNew: Bool = false
    ) throws {
        let scratch = context.scratch
        scratch.writer.removeAll()
        scratch.writer.write(raw: key)
        suffix(&scratch.writer)
        let split = scratch.writer.count
        do {
            if let value { try valueSerde.encode(value, &scratch.writer) }
            try writeScratch(
                split: split, isDeletion: value == nil, timestamp: timestamp, headers: headers, isNew: isNew)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Writes one change; a nil value is a tombstone.
    @inlinable
    func write<Key, Value>(
        _ key: Key, _ keySerde: Serde<Key>, _ value: Value?, _ valueSerde: Serde<Value>, timestamp: Int64,
        headers: [RecordHeader] = []
    ) throws {
        let scratch = context.scratch
        scratch.writer.removeAll()
        do {
            try keySerde.encode(key, &scratch.writer)
            let split = scratch.writer.count
            if let value { try valueSerde.encode(value, &scratch.writer) }
            try writeScratch(split: split, isDeletion: value == nil, timestamp: timestamp, headers: headers)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Writes what has been encoded: the key up to `split`, then the value.
    @inlinable
    func writeScratch(
        split: Int, isDeletion: Bool, timestamp: Int64, headers: [RecordHeader], isNew: Bool = false
    ) throws {
        try context.scratch.writer.withUnsafeBytes { bytes throws(any Error) -> Void in
            let key = UnsafeRawBufferPointer(rebasing: bytes[0..<split])
            let value = isDeletion ? nil : UnsafeRawBufferPointer(rebasing: bytes[split...])
            if let target {
                try context.collector.collect(
                    target, partition: context.partition, timestamp: timestamp, key: key, windowBytes: 0, value: value,
                    headers: headers)
            }
            rows?.append(key: key, value: value, timestamp: timestamp, headers: headers)
            try disk?.put(key, value, timestamp: timestamp, isNew: isNew)
        }
    }

    /// Not the fault of a record that could be set aside: state that is not written would be lost.
    @usableFromInline
    static func failure(_ error: any Error) -> any Error {
        error as? StreamsError
            ?? StreamsError(.processing, "a change of a store cannot be written to its changelog", underlying: error)
    }
}

extension TaskContext {
    /// Encodes a record and hands it to the collector.
    @inlinable
    func collect<Key, Value>(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, headers: [RecordHeader],
        key: Key?, _ keySerde: Serde<Key>, _ value: Value?, _ valueSerde: Serde<Value>
    ) throws {
        let scratch = self.scratch
        scratch.writer.removeAll()
        if keySerde.isRaw, let bytes = key as? Bytes {
            if let value { try valueSerde.encode(value, &scratch.writer) }
            return try bytes.withUnsafeBytes { key throws(any Error) -> Void in
                try scratch.writer.withUnsafeBytes { bytes throws(any Error) -> Void in
                    try collector.collect(
                        target, partition: partition, timestamp: timestamp, key: key, windowBytes: 0,
                        value: value == nil ? nil : bytes, headers: headers)
                }
            }
        }
        if let key { try keySerde.encode(key, &scratch.writer) }
        let split = scratch.writer.count
        if let value { try valueSerde.encode(value, &scratch.writer) }
        try scratch.writer.withUnsafeBytes { bytes throws(any Error) -> Void in
            try collector.collect(
                target, partition: partition, timestamp: timestamp,
                key: key == nil ? nil : UnsafeRawBufferPointer(rebasing: bytes[0..<split]),
                windowBytes: keySerde.windowBytes,
                value: value == nil ? nil : UnsafeRawBufferPointer(rebasing: bytes[split...]), headers: headers)
        }
    }
}

public import KafkaProtocol

/// A task's state under one name. Owned by its task, used by one thread at a time.
@usableFromInline
protocol StateStore: AnyObject {
    /// The store's name.
    var name: String { get }
    /// Puts one record of the changelog back; a nil value deletes.
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws
    /// The same with the record's headers, for stores that tell layouts by them.
    func restore(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) throws
    /// Puts records without headers back; `next` of theirs says how far that has come.
    func restore(_ records: inout RestoredRecords) throws
    /// Sends the updates that were held back downstream and writes all changes since the last flush to the changelog.
    func flush() throws
    /// The times that it keeps, if its changelog is trimmed by them.
    var retained: RetainedTimes? { get }
    /// Which of its entries in local state replace each other.
    var rowIdentity: RowIdentity { get }
    /// The store is restored, and the task begins.
    func begin()
    /// The task has ended.
    func close() throws
    /// It is looked into before its task has begun.
    func beginLook()
    /// The look is over: of what is on disk nothing may stay in memory, as more is put back there.
    func endLook()
    /// Takes over the rows of the store that a task had which has ended, with all that it had changed written: what it has is that then,
    /// as if it had been restored. Returns whether it could; if not, neither store is of use any more.
    func takeRows(of other: any StateStore) -> Bool
    /// Puts rows in the order in which ranges are read, as long as `goesOn`. Returns whether that is done.
    func putInOrder(while goesOn: () -> Bool) -> Bool
    /// About how many rows it has, or keys that have some; nil of stores that do not count.
    var rowCount: Int? { get }
    /// The bytes that its rows take in memory, with their index and without what values refer to; nil of stores that do not count.
    var memoryBytes: Int? { get }
    /// What its cache has come to; nil if it holds no updates back.
    var cacheUse: CacheUse? { get }
}

extension StateStore {
    @usableFromInline var retained: RetainedTimes? { nil }

    @usableFromInline var rowIdentity: RowIdentity { .key }

    @usableFromInline
    func begin() {}

    @usableFromInline
    func beginLook() {}

    @usableFromInline
    func endLook() {}

    @usableFromInline
    func putInOrder(while goesOn: () -> Bool) -> Bool { true }

    @usableFromInline var rowCount: Int? { nil }

    @usableFromInline var memoryBytes: Int? { nil }

    @usableFromInline var cacheUse: CacheUse? { nil }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool { false }

    @usableFromInline
    func close() throws {}

    @usableFromInline
    func restore(_ records: inout RestoredRecords) throws {
        while records.next < records.records.count {
            let record = records.records[records.next]
            try restore(key: records.key(record), value: records.value(record), timestamp: record.timestamp, headers: [])
            records.next += 1
        }
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) throws {
        try restore(key: key, value: value, timestamp: timestamp)
    }
}

/// Where a store with a write-back cache forwards a change to at a flush.
@usableFromInline
typealias ChangeForwarder<Key, Value> = (
    _ key: Key, _ change: Change<Value>, _ timestamp: Int64, _ headers: [RecordHeader]
) throws -> Void

import KafkaClient
import KafkaProtocol

/// Puts records back into a store, and into its local state if there is any, some at a time.
struct StoreRestorer {
    private let store: any StateStore
    private let rows: RowLogBuffer?
    private var records = RestoredRecords()

    init(_ store: any StateStore, rows: RowLogBuffer? = nil) {
        self.store = store
        self.rows = rows
    }

    /// Puts the records of a changelog back, those before `end`. Returns how many there were.
    mutating func restore(_ fetched: FetchedBatches, before end: Int64) throws -> Int64 {
        var count: Int64 = 0
        var failing: Int64?
        do {
            try fetched.forEachPosition { payload in
                try flush()
                records.begin(payload)
            } _: { found, batch in
                guard found.offset < end, found.keyCount >= 0 else { return }
                count += 1
                if found.headerCount > 0 {
                    try flush()
                    guard let key = batch.key(of: found) else { return }
                    failing = found.offset
                    try restore(key, batch.value(of: found), found.timestamp, try batch.headers(of: found))
                    failing = nil
                } else {
                    rows?.append(found, of: batch)
                    records.append(
                        keyStart: found.keyStart, keyCount: found.keyCount, valueStart: found.valueStart,
                        valueCount: found.valueCount, timestamp: found.timestamp, offset: found.offset)
                    if records.isFull { try flush() }
                }
            }
            try flush()
        } catch let error as KafkaError {
            throw error
        } catch {
            let offset = (failing ?? records.offset).map { " offset \($0)" } ?? ""
            throw StreamsError(
                .restore, "cannot restore store \(store.name) from \(fetched.topicPartition)\(offset)", underlying: error)
        }
        return count
    }

    /// Puts the entries of a part of a row log back.
    mutating func restore(_ part: RowPartReader.Part) throws {
        let body = part.body
        records.begin(body)
        try body.withUnsafeBytes { bytes throws(any Error) -> Void in
            var read = try RowLogEntries(part.header, in: bytes)
            while let entry = try read.next() {
                if let headers = entry.headers {
                    try flush()
                    var reader = ByteReader(body[headers])
                    try restore(
                        body[entry.key], entry.value.map { body[$0] }, entry.timestamp, try reader.readHeaders())
                } else {
                    records.append(
                        keyStart: entry.keyStart, keyCount: entry.keyCount, valueStart: entry.valueStart,
                        valueCount: entry.valueCount, timestamp: entry.timestamp)
                    if records.isFull { try flush() }
                }
            }
        }
        try flush()
    }

    private func restore(_ key: Bytes, _ value: Bytes?, _ timestamp: Int64, _ headers: [RecordHeader]) throws {
        try store.restore(key: key, value: value, timestamp: timestamp, headers: headers)
        rows?.append(key: key, value: value, timestamp: timestamp, headers: headers)
    }

    private mutating func flush() throws {
        guard !records.isEmpty else { return }
        try store.restore(&records)
        records.removeAll()
    }
}

import KafkaProtocol

extension AbortedTransaction {
    private static let version: Int16 = 0
    private static let size = 34

    /// The content of a segment's transaction index file.
    static func file(_ transactions: some Collection<AbortedTransaction>) -> Bytes {
        var writer = ByteWriter(capacity: transactions.count * size)
        for transaction in transactions {
            writer.write(version)
            writer.write(transaction.producerId)
            writer.write(transaction.firstOffset)
            writer.write(transaction.lastOffset)
            writer.write(transaction.lastStableOffset)
        }
        return writer.finish()
    }

    /// The transactions that a transaction index file holds, all of whose markers must be in `range`; nil if it is
    /// damaged.
    static func read(_ file: Bytes, range: Range<Int64>) -> [AbortedTransaction]? {
        guard file.count % size == 0 else { return nil }
        var reader = ByteReader(file)
        var found: [AbortedTransaction] = []
        while let version = try? reader.read(Int16.self), let producerId = try? reader.read(Int64.self),
            let first = try? reader.read(Int64.self), let last = try? reader.read(Int64.self),
            let stable = try? reader.read(Int64.self)
        {
            guard version == Self.version, producerId >= 0, first >= 0, first <= last, range.contains(last),
                last > found.last?.lastOffset ?? -1
            else { return nil }
            found.append(
                AbortedTransaction(
                    producerId: producerId, firstOffset: first, lastOffset: last, lastStableOffset: stable))
        }
        return found
    }
}

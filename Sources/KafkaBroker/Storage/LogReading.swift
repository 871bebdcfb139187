public import KafkaProtocol

/// What stands in a partition's files, piece by piece (`Broker.readLog`).
public enum LogPiece: Sendable {
    /// A file with batches begins.
    case segment(path: String, baseOffset: Int64, bytes: Int)
    /// A batch whose checksum is right, where it begins in the file.
    case batch(RecordBatchHeader, position: Int, Bytes)
    /// Bytes of the file that are no batch, and why. `isTorn` says that they are a last write that was cut off.
    case damage(bytes: Range<Int>, isTorn: Bool, reason: String)
}

extension Broker {
    /// The partitions that have logs in a data directory, by name. Throws `BrokerError` if it cannot be read.
    public static func partitions(inDirectory path: String) throws -> [TopicPartition] {
        try DataDirectory(reading: path).partitions().sorted()
    }

    /// Reads the files of a partition front to back and gives each piece to `visit`, until that says that it has seen enough.
    /// Nothing is changed, and a broker may be at work in the directory meanwhile. Segments that end before `offset` are left out.
    ///
    /// Throws `BrokerError` with `.storage` if there is no such partition or it cannot be read, and what `visit` throws.
    public static func readLog(
        of partition: TopicPartition, inDirectory path: String, from offset: Int64 = 0,
        _ visit: (LogPiece) throws -> Bool
    ) throws {
        let log = LogDirectory(path: DataDirectory(reading: path).directory(of: partition), faults: .none)
        let bases: [Int64]
        do {
            bases = try log.list()[.log] ?? []
        } catch {
            throw BrokerError(.storage, "cannot read the log of \(partition) in \(path)", underlying: error)
        }
        for (place, base) in bases.enumerated() {
            let next = place + 1 < bases.count ? bases[place + 1] : nil
            if let next, next <= offset { continue }
            guard try readSegment(log.path(.log, base), base: base, next: next, visit) else { return }
        }
    }

    /// Whether `visit` wants more.
    private static func readSegment(
        _ path: String, base: Int64, next: Int64?, _ visit: (LogPiece) throws -> Bool
    ) throws -> Bool {
        let file: LogFile
        let size: Int
        do {
            file = try LogFile(path: path, readOnly: true)
            size = try file.size()
        } catch {
            throw BrokerError(.storage, "cannot read \(path)", underlying: error)
        }
        guard try visit(.segment(path: path, baseOffset: base, bytes: size)) else { return false }
        let limit = next ?? .max
        var scanner = BatchScanner(file: file, end: size)
        var expected = base
        while scanner.position < size {
            let position = scanner.position
            let piece: LogPiece
            do {
                guard let item = try scanner.next() else { break }
                guard item.header.baseOffset >= expected, item.header.lastOffset < limit else {
                    throw PartitionLogError(
                        .corruptMessage, "it says offset \(item.header.baseOffset), where \(expected) is next")
                }
                guard try scanner.isIntact(item) else { throw PartitionLogError(.corruptMessage, "its checksum is wrong") }
                piece = .batch(item.header, position: position, try scanner.batch(item))
                expected = item.header.nextOffset
            } catch let error as PartitionLogError where error.code == .corruptMessage {
                let goesOn = try scanner.resume(after: position, offsets: min(expected, limit)..<limit)
                let isTorn = try !goesOn && next == nil && scanner.tail(from: position, expecting: expected) == .torn
                piece = .damage(bytes: position..<scanner.position, isTorn: isTorn, reason: error.message)
            }
            guard try visit(piece) else { return false }
        }
        return true
    }
}

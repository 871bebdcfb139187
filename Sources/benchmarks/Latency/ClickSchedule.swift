import KafkaProtocol

/// The clicks of W7, each with the time at which it is due: by a fixed schedule, whatever happens to those before.
struct ClickSchedule: Sendable {
    private static let random = SplitMix(seed: 7)

    /// When the first is due, in milliseconds since the epoch.
    let start: Int64
    /// Records a second.
    let rate: Int
    let count: Int

    /// When record `i` is due, in milliseconds since the epoch; also its time, so that a late one counts as late.
    func due(_ i: Int) -> Int64 { start + Int64(i * 1000 / rate) }

    /// How many records are due at a time in milliseconds since the epoch.
    func number(dueAt time: Int64) -> Int {
        time < start ? 0 : min(count, ((Int(time - start) + 1) * rate + 999) / 1000)
    }

    /// Whether record `i` has a result.
    static func isClick(_ i: Int) -> Bool { DataSet.isClick(UInt64(i), of: random) }

    /// Writes key and value of record `i`; returns how many of the bytes are the key.
    func write(_ i: Int, _ writer: inout ByteWriter) -> Int {
        DataSet.writeClick(UInt64(i), of: Self.random, at: UInt64(due(i)), &writer)
    }

    /// How many results there are to be, one for each record whose action is a click, and the checksum of the last ones of their keys.
    func expected() throws -> (results: Int, last: Checksum) {
        var counts: [Bytes: Int64] = [:]
        var results = 0
        var writer = ByteWriter(capacity: 256)
        for i in 0..<count where Self.isClick(i) {
            writer.removeAll()
            let keyCount = write(i, &writer)
            let line = writer.withUnsafeBytes { Bytes(copying: UnsafeRawBufferPointer(rebasing: $0[keyCount...])) }
            results += 1
            var key = ByteWriter(capacity: 32)
            key.write(raw: try Click.visit(line).page)
            key.write(due(i) / 60_000 * 60_000)
            counts[key.withUnsafeBytes { Bytes(copying: $0) }, default: 0] += 1
        }
        var last = Checksum(count: counts.count)
        for (key, count) in counts {
            key.withUnsafeBytes { key in
                withUnsafeBytes(of: count.bigEndian) { last.sum &+= Checksum.hash(key: key, value: $0) }
            }
        }
        return (results, last)
    }
}

import KafkaProtocol

/// The records of an input topic, each made from its number.
struct DataSet: Sendable {
    /// The topic at full scale.
    let topic: String
    /// The topic with another number of records, by the suffix of that, if its name is not made in the usual way.
    var scaledTopic: (@Sendable (_ suffix: String) -> String)?
    /// The number of records at full scale.
    let count: Int
    /// Whether it is the whole topic at any scale, and is no input that is counted.
    var isSideTable = false
    /// The number of partitions.
    var partitions: Int32 = 4
    /// Settings of the topic.
    var configs = ["retention.ms": "-1"]
    /// Writes the key and then the value of record `i`.
    let write: @Sendable (_ i: UInt64, _ writer: inout ByteWriter) -> RecordShape

    /// What is not in the bytes of a record.
    struct RecordShape {
        /// How many of the bytes are the key; nil if there is none, and the records go round the partitions.
        let keyCount: Int?
        /// Milliseconds since the epoch.
        let timestamp: Int64
    }

    /// The first timestamp of all data sets, a multiple of a minute.
    static let start: UInt64 = 1_700_000_040_000

    /// The topic's name when it holds that part of the records.
    func topic(at scale: Scale) -> String {
        scale == .full ? topic : scaledTopic?(scale.suffix) ?? topic + scale.suffix
    }

    /// The number of records of that part.
    func count(at scale: Scale) -> Int {
        if isSideTable { return count }
        return switch scale {
        case .full: count
        case .fiftieth: count / 50
        case .tenfold: count * 10
        }
    }

    /// The partition of a record.
    func partition(of i: UInt64, key: UnsafeRawBufferPointer?) -> Int32 {
        guard let key else { return Int32(i % UInt64(partitions)) }
        return Partitioner.partition(forKey: key, count: partitions)
    }
}

/// How much of the data sets a run uses.
enum Scale: String, CaseIterable, Codable, Sendable {
    case full = "1"
    case fiftieth = "0.02"
    /// For stored rows alone.
    case tenfold = "10"

    /// What topic names end in.
    var suffix: String { self == .full ? "" : "-x\(rawValue)" }
}

extension DataSet {
    /// Clicks of users on pages, up to two seconds out of order.
    static func clicks(topic: String, seed: UInt64, count: Int) -> DataSet {
        let random = SplitMix(seed: seed)
        return DataSet(topic: topic, count: count) { i, writer in
            let timestamp = start &+ i / 5 &+ 2000 &- SplitMix.bounded(random[5 &* i &+ 4], 2000)
            return RecordShape(keyCount: writeClick(i, of: random, at: timestamp, &writer), timestamp: Int64(timestamp))
        }
    }

    /// Writes key and value of a visit; returns how many of the bytes are the key.
    static func writeClick(_ i: UInt64, of random: SplitMix, at timestamp: UInt64, _ writer: inout ByteWriter) -> Int {
        let user = SplitMix.bounded(random[5 &* i], 100_000)
        let popularity = SplitMix.bounded(random[5 &* i &+ 2], 10_000)
        let page = SplitMix.bounded(random[5 &* i &+ 1], popularity &+ 1)
        let action = SplitMix.bounded(random[5 &* i &+ 3], 10)
        func writeUser() {
            writer.write(text: "user-")
            writer.write(decimal: user, digits: 6)
        }
        writeUser()
        let keyCount = writer.count
        writer.write(decimal: timestamp)
        writer.write(text: ",")
        writeUser()
        writer.write(text: ",/shop/item/")
        writer.write(decimal: page, digits: 5)
        writer.write(text: action < 7 ? ",click," : action < 9 ? ",scroll," : ",hover,")
        writer.write(decimal: (random[5 &* i &+ 4] & 0xffff_ffff) % 10_000)
        return keyCount
    }

    /// Whether that visit's action is `click`.
    static func isClick(_ i: UInt64, of random: SplitMix) -> Bool { SplitMix.bounded(random[5 &* i &+ 3], 10) < 7 }

    /// A million keys: first each once, then at random.
    static let keys = DataSet(topic: "w4-keys", count: 5_000_000) { i, writer in
        let key =
            i < 1_000_000
            ? (i &* 7919) % 1_000_000 : SplitMix.bounded(SplitMix(seed: 4)[i], 1_000_000)
        writer.write(key)
        writer.write(i)
        return RecordShape(keyCount: 8, timestamp: Int64(start &+ i / 100))
    }
}

extension ByteWriter {
    mutating func write(text: StaticString) {
        write(raw: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a number with zeros in front up to `digits`.
    mutating func write(decimal number: UInt64, digits: Int = 1) {
        write(upTo: 20) { room in
            var count = 1
            var bound: UInt64 = 10
            while count < 20, count < digits || number >= bound {
                count += 1
                bound = count < 20 ? bound &* 10 : .max
            }
            var rest = number
            for place in stride(from: count - 1, through: 0, by: -1) {
                room[place] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
                rest /= 10
            }
            return count
        }
    }
}

import KafkaProtocol

extension DataSet {
    /// Events on advertisements as JSON, without keys.
    static let adEvents: DataSet = {
        let random = SplitMix(seed: 1)
        let (users, pages, ads) = (pool(11, 100), pool(12, 100), pool(13, 1000))
        let kinds = ["banner", "modal", "sponsored-search", "mail", "mobile"].map { Bytes(utf8: $0) }
        let actions = ["view", "click", "purchase"].map { Bytes(utf8: $0) }
        return DataSet(topic: "w1-events", count: 5_000_000) { i, writer in
            func draw(_ number: UInt64, of pool: [Bytes]) -> Bytes {
                pool[Int(SplitMix.bounded(random[5 &* i &+ number], UInt64(pool.count)))]
            }
            let timestamp = start &+ i / 10
            writer.write(text: #"{"user_id":""#)
            writer.write(raw: draw(0, of: users))
            writer.write(text: #"","page_id":""#)
            writer.write(raw: draw(1, of: pages))
            writer.write(text: #"","ad_id":""#)
            writer.write(raw: draw(2, of: ads))
            writer.write(text: #"","ad_type":""#)
            writer.write(raw: draw(3, of: kinds))
            writer.write(text: #"","event_type":""#)
            writer.write(raw: draw(4, of: actions))
            writer.write(text: #"","event_time":""#)
            writer.write(decimal: timestamp)
            writer.write(text: #"","ip_address":"1.2.3.4"}"#)
            return RecordShape(keyCount: nil, timestamp: Int64(timestamp))
        }
    }()

    /// The campaign of each advertisement.
    static let ads: DataSet = {
        let (ads, campaigns) = (pool(13, 1000), pool(14, 100))
        return DataSet(
            topic: "w1-ads", count: 1000, isSideTable: true, partitions: 1,
            configs: ["cleanup.policy": "compact", "retention.ms": "-1"]
        ) { i, writer in
            writer.write(raw: ads[Int(i)])
            writer.write(raw: campaigns[Int(i / 10)])
            return RecordShape(keyCount: 36, timestamp: Int64(start))
        }
    }()

    private static func pool(_ seed: UInt64, _ count: UInt64) -> [Bytes] {
        (0..<count).map { Bytes(utf8: SplitMix(seed: seed).uuid($0)) }
    }
}

import KafkaProtocol
import Testing

@testable import Millrace

/// What is read back from topics may be anything: nothing traps, what is not of the layout is an error, and what is read can be
/// written.
@Suite struct HostileLayoutTests {
    /// A layout: some bytes of it, and how they are read; gives what they are written as again, if that is settled.
    struct Layout: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let samples: [Bytes]
        let read: @Sendable (Bytes) throws -> Bytes?
    }

    static let origin = RecordOrigin(
        timestamp: 12_345, offset: 67, source: TopicPartition("orders", 2),
        headers: [RecordHeader(key: "trace", value: [1, 2]), RecordHeader(key: "empty", value: nil)])

    static func serde<Value>(_ name: String, _ serde: Serde<Value>, _ values: [Value]) throws -> Layout {
        Layout(testDescription: name, samples: try values.map { try serde.bytes(of: $0) }) {
            try serde.bytes(of: try serde.decode($0))
        }
    }

    static func layouts() throws -> [Layout] {
        let hash = RowHash(high: 1, low: 2)
        func change(_ prior: String?, _ old: String?, _ new: String?) -> BufferedChange<String> {
            BufferedChange(origin: origin, prior: prior, old: old, new: new, due: 99)
        }
        return [
            try serde(
                "a change in a buffer", BufferedChange<String>.serde(.string),
                [change("a", "a", "b"), change("a", "longer", nil), change(nil, nil, "x"), change("", nil, "")]),
            try serde(
                "a subscription", Subscription<String>.serde(.string),
                [
                    Subscription(instruction: .join, key: "k", hash: hash, partition: 3),
                    Subscription(instruction: .leaveAndAnswer, key: "", hash: nil, partition: -1),
                ]),
            try serde(
                "an answer", SubscriptionAnswer<String>.serde(.string),
                [
                    SubscriptionAnswer(hash: hash, value: "row", partition: -1),
                    SubscriptionAnswer(hash: nil, value: nil, partition: -1),
                ]),
            try serde(
                "a change of a table", .change(.string),
                [Change(old: "o", new: "n"), Change(old: nil, new: "n"), Change(old: "o", new: nil)]),
            Layout(
                testDescription: "the key of a join window",
                samples: [[0x6b, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1]]
            ) {
                let (key, time, sequence) = try WindowLayout.splitStart($0)
                var writer = ByteWriter()
                writer.write(raw: key)
                writer.write(time)
                writer.write(sequence)
                return writer.finish()
            },
            Layout(
                testDescription: "waiting records",
                samples: [try WaitingRecords.values(["a", "", "long"], isLeft: true, .string)]
            ) {
                let (values, isOlder) = try WaitingRecords.readValues($0, isLeft: true)
                return isOlder ? nil : try WaitingRecords.values(values, isLeft: true, .bytes)
            },
            Layout(
                testDescription: "the key of waiting records", samples: [WaitingRecords.key(7, isLeft: false, [1, 2])]
            ) {
                let (time, isLeft, key) = try WaitingRecords.readKey($0)
                return WaitingRecords.key(time, isLeft: isLeft, key)
            },
            Layout(
                testDescription: "the key of a record that waits",
                samples: [try BufferedPlace(timestamp: 7, "key", .string, number: 4).logged]
            ) {
                let place = try BufferedPlace($0)
                return try BufferedPlace(
                    timestamp: place.timestamp, place.keyBytes, .bytes, number: place.number
                ).logged
            },
        ]
    }

    @Test(arguments: try layouts())
    func `bytes of a layout are read and written as they were`(_ layout: Layout) throws {
        for sample in layout.samples { #expect(try layout.read(sample) == sample) }
    }

    @Test(arguments: try layouts())
    func `bytes that are cut, changed or made up are an error, or what they say`(_ layout: Layout) throws {
        var random = SeededRandom(seed: 3)
        for sample in layout.samples {
            for count in 0..<sample.count { check(layout, sample[0..<count]) }
            for place in sample.array.indices {
                for bit in 0..<8 {
                    var bytes = sample.array
                    bytes[place] ^= 1 << bit
                    check(layout, Bytes(bytes))
                }
            }
            for _ in 0..<300 {
                var bytes = sample.array
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    guard let place = bytes.indices.randomElement(using: &random) else { continue }
                    bytes[place] =
                        [0, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)]
                        .randomElement(using: &random) ?? 0
                }
                check(layout, Bytes(bytes))
            }
        }
        for _ in 0..<1000 {
            check(
                layout, Bytes((0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }))
        }
    }

    private func check(_ layout: Layout, _ bytes: Bytes) {
        do {
            guard let again = try layout.read(bytes) else { return }
            // Names that are not UTF-8 are repaired, and what can be written in two ways is written in one.
            #expect((try? layout.read(again)) == again)
        } catch {
            #expect(error is SerdeError || error is KafkaProtocolError)
        }
    }

    /// The stores over records of any bytes.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `stores take any records from their changelogs without a trap`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let collector = MemoryCollector()
        let context = collector.context()
        let changelog = collector.changelog(context)
        let stores: [any StateStore] = [
            try SuppressBuffer<String, String>(
                name: "s", key: .string, value: .string, changelog: changelog, context: context, countsBytes: true),
            JoinWaitingStore<String, String, String>(
                name: "w", key: .string, left: .string, right: .string, changelog: changelog),
            SubscriptionStore<String, String>(name: "f", foreignKey: .string, key: .string, changelog: changelog),
            StreamBuffer<String, String>(
                name: "b", key: .string, value: .string, changelog: changelog, context: context),
            VersionedStore<String, String>(
                name: "v", key: .string, value: .string, retentionMs: 100, changelog: changelog),
            JoinWindowStore<String, String>(
                name: "j", key: .string, value: .string, sizeMs: 0, retentionMs: 100, changelog: changelog,
                context: context),
        ]
        let samples = try Self.layouts().flatMap(\.samples)
        func some() -> Bytes {
            var bytes = (samples.randomElement(using: &random) ?? []).array
            if Bool.random(using: &random), let place = bytes.indices.randomElement(using: &random) {
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            return Bytes(bytes.prefix(Int.random(in: 0...80, using: &random)))
        }
        for store in stores {
            for _ in 0..<300 {
                let headers = Bool.random(using: &random) ? BufferedChange<String>.versionHeaders : []
                try? store.restore(
                    key: some(), value: Bool.random(using: &random) ? some() : nil,
                    timestamp: [Int64.min, -1, 0, 5, .max].randomElement(using: &random) ?? 0, headers: headers)
            }
            try store.flush()
        }
    }
}

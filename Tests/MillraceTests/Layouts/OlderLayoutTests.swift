import KafkaProtocol
import Testing

@testable import Millrace

/// Records as Millrace wrote them before its changelogs were Kafka Streams'.
@Suite struct OlderLayoutTests {
    /// Writes integers, texts and bytes one after the other.
    func bytes(_ write: (inout ByteWriter) -> Void) -> Bytes {
        var writer = ByteWriter(capacity: 64)
        write(&writer)
        return writer.finish()
    }

    func block(_ text: String, _ writer: inout ByteWriter) {
        writer.write(UInt32(text.utf8.count))
        writer.write(utf8: text)
    }

    @Test func `rows of a suppress buffer are taken up and written anew`() throws {
        let collector = MemoryCollector()
        let context = collector.context()
        func make() throws -> SuppressBuffer<String, String> {
            try SuppressBuffer(
                name: "s", key: .string, value: .string, changelog: collector.changelog(context), context: context)
        }
        let store = try make()
        // Due time, a header, the prior value, a change from "old" to "new".
        let row = bytes {
            $0.write(500 as Int64)
            $0.write(1 as UInt32)
            block("trace", &$0)
            $0.write(-1 as Int32)
            $0.write(1 as UInt8)
            block("prior", &$0)
            block("new", &$0)
            $0.write(utf8: "old")
            $0.write(2 as UInt8)
        }
        try store.restore(key: Bytes(utf8: "k"), value: row, timestamp: 40, headers: [])
        // A deletion of a row that was not there.
        let deletion = bytes {
            $0.write(600 as Int64)
            $0.write(0 as UInt32)
            $0.write(0 as UInt8)
        }
        try store.restore(key: Bytes(utf8: "d"), value: deletion, timestamp: 41, headers: [])
        try store.flush()
        #expect(collector.written.map(\.headers) == [BufferedChange<String>.versionHeaders, BufferedChange<String>.versionHeaders])
        let again = try make()
        try collector.restore(into: again)
        for store in [store, again] {
            let first = try #require(store.popFirst(dueBy: 500))
            #expect(first.key == "k" && first.prior == "prior" && first.change.old == "old" && first.change.new == "new")
            #expect(first.origin.timestamp == 40 && first.origin.headers == [RecordHeader(key: "trace", value: nil)])
            let second = try #require(store.popFirst(dueBy: 600))
            #expect(second.key == "d" && second.change.new == nil && second.origin.timestamp == 41)
        }
    }

    @Test(arguments: [[2], [1], [0], [4], []] as [Bytes])
    func `rows of a suppress buffer of other versions are refused`(_ version: Bytes) throws {
        let context = MemoryCollector().context()
        let store = try SuppressBuffer<String, String>(
            name: "s", key: .string, value: .string, changelog: nil, context: context)
        let error = #expect(throws: SerdeError.self) {
            try store.restore(
                key: [1], value: [1, 2, 3], timestamp: 0, headers: [RecordHeader(key: "v", value: version)])
        }
        #expect(error?.message.contains("version") == true)
    }

    @Test func `waiting records of a join are taken up and written anew`() throws {
        let collector = MemoryCollector()
        func make() -> JoinWaitingStore<String, String, String> {
            JoinWaitingStore(
                name: "w", key: .string, left: .string, right: .string,
                changelog: collector.changelog(collector.context()))
        }
        let store = make()
        let key = WaitingRecords.key(70, isLeft: true, Bytes(utf8: "k"))
        try store.restore(
            key: key,
            value: bytes {
                block("one", &$0)
                block("", &$0)
            }, timestamp: 70)
        try store.flush()
        #expect(collector.written.map(\.key) == [key])
        #expect(collector.written.first?.value == (try WaitingRecords.values(["one", ""], isLeft: true, .string)))
        let again = make()
        try collector.restore(into: again)
        for store in [store, again] { #expect(try store.left.first?.values == ["one", ""]) }
    }

    @Test func `records that wait for their time are taken up and written anew, under other keys`() throws {
        let collector = MemoryCollector()
        let context = collector.context()
        func make() -> StreamBuffer<String, String> {
            StreamBuffer(
                name: "b", key: .string, value: .string, changelog: collector.changelog(context), context: context)
        }
        func key(_ time: Int64, _ number: UInt32) -> Bytes {
            bytes {
                $0.write(time)
                $0.write(number)
                $0.write(utf8: "key")
            }
        }
        let value = bytes {
            $0.write(1 as UInt32)
            block("h", &$0)
            block("x", &$0)
            $0.write(utf8: "value")
        }
        let store = make()
        for (time, number) in [(1_795_780_800_000, 0), (1_795_780_800_000, 1), (1_795_780_800_001, 2)] as [(Int64, UInt32)] {
            try store.restore(key: key(time, number), value: value, timestamp: time)
        }
        try store.restore(key: key(1_795_780_800_000, 1), value: nil, timestamp: 0)
        try store.flush()
        let deleted = collector.written.filter { $0.value == nil }.map(\.key)
        #expect(deleted == [key(1_795_780_800_000, 0), key(1_795_780_800_001, 2)])
        let again = make()
        try collector.restore(into: again)
        for store in [store, again] {
            var found: [String] = []
            while let record = try store.popFirst(through: .max) {
                found.append("\(record.key ?? "") \(record.value ?? "") \(record.timestamp) \(record.headers.count)")
            }
            #expect(found == ["key value 1795780800000 1", "key value 1795780800001 1"])
        }
    }

    @Test(
        arguments: [
            // A registration: version, instruction, partition, whether there is a hash, the key.
            [0, 3, 0, 0, 0, 1, 0, 0x6b],
            // A row of the subscriptions' store: partition, no hash.
            [0, 0, 0, 1, 0],
        ] as [Bytes])
    func `messages and rows of foreign-key joins are refused, with what to do`(_ bytes: Bytes) throws {
        let error = #expect(throws: SerdeError.self) { try Subscription<String>.serde(.string).decode(bytes) }
        #expect(error?.message.contains("reset the application") == true)
        let store = SubscriptionStore<String, String>(name: "f", foreignKey: .string, key: .string, changelog: nil)
        #expect(throws: SerdeError.self) {
            try store.restore(key: [0, 0, 0, 1, 0x66, 0x6b], value: bytes, timestamp: 0)
        }
    }

    @Test func `the time of the last look for closed windows is taken over from the step's name`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10))).emitStrategy(.onWindowClose)
            .count(Materialized(as: "windows", retention: .days(1)), named: "fixed").to("out")
        input.groupByKey().windowedBy(SessionWindows.gap(.seconds(10))).emitStrategy(.onWindowClose)
            .count(Materialized(as: "sessions", retention: .days(1)), named: "runs").to("out")
        let task = try StreamTask.make(try builder.build(), MemoryCollector())
        let old = TaskProgress(
            partitionTime: 9000,
            entries: [
                TaskProgress.key(timeOf: "fixed-closed"): 5000, TaskProgress.key(timeOf: "runs-closed"): 4999,
            ])
        task.resume(input: 0, from: old.text)
        let saved = try #require(TaskProgress(task.progress(of: 0)))
        // Sessions that end at a time are not closed by it; the older Millrace saved the last end that was.
        #expect(saved.entries == ["windows": 5000, "sessions": 5000])
    }
}

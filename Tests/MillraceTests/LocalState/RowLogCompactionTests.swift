import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RowLogCompactionTests {
    @Test(arguments: [1 << 20, 20_000, 3000])
    func `a compaction leaves one entry a row and no deletion, however little memory it has`(_ budget: Int) throws {
        var random = SeededRandom(seed: 21)
        let fixture = try RowLogFixture()
        for _ in 0..<20 {
            fixture.change(300, keys: 500, using: &random)
            fixture.commit()
        }
        let marker = fixture.log.marker
        #expect(try fixture.compact(budget: budget))
        #expect(fixture.log.entries == fixture.rows.count)
        #expect(fixture.log.segments.map(\.name) == ["00000000000000000001.base"])
        #expect(fixture.files.disk.names.count == 1)
        #expect(try fixture.load() == fixture.rows)
        fixture.change(10, keys: 500, using: &random)
        fixture.commit()
        let again = try RowLogFixture(fixture.files)
        #expect(again.rows == fixture.rows && again.scan.damage.isEmpty)
        #expect(again.log.marker != marker && again.log.marker?.latestTime == fixture.log.marker?.latestTime)
    }

    @Test func `what is committed meanwhile stays behind the base`() throws {
        var random = SeededRandom(seed: 22)
        let fixture = try RowLogFixture()
        fixture.change(3000, keys: 400, using: &random)
        fixture.commit()
        let compaction = try #require(fixture.log.compaction(leastGarbage: 0))
        #expect(fixture.log.compaction(leastGarbage: 0) == nil)
        while try !compaction.step(until: { true }) {
            fixture.change(5, keys: 400, using: &random)
            fixture.commit()
            #expect(try RowLogFixture(MemoryFiles(fixture.files.disk)).rows == fixture.rows)
        }
        #expect(fixture.log.segments.map(\.kind) == [.base, .log])
        #expect(try RowLogFixture(fixture.files).rows == fixture.rows)
    }

    @Test func `it is time when there are twice as many entries as the last one has left, and enough garbage`() throws {
        let fixture = try RowLogFixture()
        #expect(fixture.log.compaction(leastGarbage: 0) == nil)
        for number in 0..<100 as Range<UInt8> { fixture.put([number], [1], at: 0) }
        fixture.commit()
        #expect(fixture.log.compaction(leastGarbage: 1 << 20) == nil)
        #expect(try fixture.compact())
        for number in 0..<100 as Range<UInt8> { fixture.put([number], [2], at: 0) }
        fixture.commit()
        #expect(fixture.log.compaction(leastGarbage: 0) == nil)
        fixture.put([1], [3], at: 0)
        fixture.commit()
        #expect(fixture.log.compaction(leastGarbage: 0) != nil)
    }

    @Test func `the log's end ends it, and leaves all as it was`() throws {
        var random = SeededRandom(seed: 23)
        for steps in 0..<100 {
            let fixture = try RowLogFixture()
            fixture.change(300, keys: 40, using: &random)
            fixture.commit()
            let compaction = try #require(fixture.log.compaction(leastGarbage: 0))
            var isDone = false
            for _ in 0..<steps where !isDone { isDone = try compaction.step(until: { true }) }
            fixture.log.close()
            let changes = fixture.files.changes
            #expect(try compaction.step(until: { false }))
            #expect(fixture.files.changes == changes)
            #expect(try RowLogFixture(fixture.files).rows == fixture.rows)
            if isDone { return }
        }
        Issue.record("it has not come to its end")
    }

    @Test func `a compaction that fails leaves all as it was, and another one can follow`() throws {
        var random = SeededRandom(seed: 24)
        let total = 20
        for failing in 0..<total {
            let fixture = try RowLogFixture()
            for _ in 0..<3 {
                fixture.change(300, keys: 40, using: &random)
                fixture.commit()
            }
            let compaction = try #require(fixture.log.compaction(leastGarbage: 0))
            let first = fixture.files.changes
            let files = fixture.files
            // Full from a step on, for whatever writes.
            files.fail(after: first + failing) { $0.changes ? MemoryFiles.Fault(number: 28, written: 10) : nil }
            do {
                while try !compaction.step(until: { true }) {}
            } catch {
                compaction.abandon()
            }
            files.fail(nil)
            fixture.change(5, keys: 40, using: &random)
            fixture.commit()
            try fixture.compact()
            #expect(try fixture.load() == fixture.rows)
            #expect(try RowLogFixture(MemoryFiles(files.disk)).rows == fixture.rows)
        }
    }

    @Test func `of versions those of the history stay, and of older ones the newest`() throws {
        let history: Int64 = 100
        var random = SeededRandom(seed: 25)
        let fixture = try RowLogFixture(identity: .keyAndTime(history: history))
        var all: [DictionaryStore.Version: Bytes?] = [:]
        for number in 0..<2000 {
            let key = Bytes(utf8: "key\(Int.random(in: 0..<20, using: &random))")
            let time = Int64(number / 4) + Int64.random(in: -30...30, using: &random)
            let value: Bytes? = Int.random(in: 0..<4, using: &random) == 0 ? nil : Bytes(utf8: "\(number)")
            fixture.put(key, value, at: time)
            all[DictionaryStore.Version(key: key, time: time)] = .some(value)
            if number % 100 == 99 { fixture.commit() }
        }
        let horizon = (all.keys.map(\.time).max() ?? 0) - history
        try fixture.compact(budget: 4000)
        let store = DictionaryStore()
        var loader = RowLogLoader(fixture.log)
        while try !loader.step(into: store, until: { false }) {}
        var expected = all.filter { $0.key.time >= horizon }
        for (key, versions) in Dictionary(grouping: all.filter { $0.key.time < horizon }, by: \.key.key) {
            guard let newest = versions.max(by: { $0.key.time < $1.key.time }), newest.value != nil else { continue }
            expected[DictionaryStore.Version(key: key, time: newest.key.time)] = newest.value
        }
        #expect(store.versions == expected)
    }

    @Test func `what is forgotten is left out, and headers stay`() throws {
        let fixture = try RowLogFixture(identity: .keyWithin(retention: 10))
        let headers = [RecordHeader(key: "v", value: [3])]
        for number in 0..<40 as Range<UInt8> { fixture.put([number], [1], at: Int64(number), headers: headers) }
        fixture.put([50], [1], at: 5)
        fixture.commit()
        try fixture.compact()
        let store = DictionaryStore()
        var loader = RowLogLoader(fixture.log)
        while try !loader.step(into: store, until: { false }) {}
        #expect(store.rows.keys.map { $0[0] }.sorted() == Array(30..<40))
        #expect(store.headers.count == 10 && store.headers.values.allSatisfy { $0 == headers })
    }
}

import Testing

@testable import Millrace

@Suite struct ChangelogTrimTests {
    func times(_ latest: Int64, _ retention: Int64 = 160) -> RetainedTimes {
        RetainedTimes(latest: latest, forgotten: latest - retention)
    }

    @Test func `what was there at a mark goes once the largest time of then is forgotten`() {
        var trim = ChangelogTrim()
        #expect(trim.note(end: 5, times(1000)) == nil)
        #expect(trim.note(end: 9, times(1100)) == nil)
        #expect(trim.note(end: 12, times(1159)) == nil)
        #expect(trim.note(end: 20, times(1160)) == 5)
        #expect(trim.note(end: 21, times(1160)) == nil)
        // Marks are no nearer than a sixteenth of the retention.
        #expect(trim.note(end: 30, times(5000)) == 12)
        #expect(trim.note(end: 31, times(9000)) == 30)
    }

    @Test func `late records move the mark's end, not its time`() {
        var trim = ChangelogTrim()
        #expect(trim.note(end: 5, times(1000)) == nil)
        #expect(trim.note(end: 8, times(1000)) == nil)
        #expect(trim.note(end: 11, times(1160)) == 8)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `never more goes than is forgotten, and all in the end`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var trim = ChangelogTrim()
        var written: [Int64] = []
        var (latest, trimmed) = (Int64(0), Int64(0))
        for _ in 0..<2000 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let time = latest + Int64.random(in: -200...20, using: &random)
                latest = max(latest, time)
                written.append(time)
            }
            if let offset = trim.note(end: Int64(written.count), times(latest)) {
                #expect(offset > trimmed && offset <= written.count)
                trimmed = offset
            }
            let forgotten = latest - 160
            #expect(written[..<Int(trimmed)].allSatisfy { $0 <= forgotten })
        }
        // All of it goes in the end.
        let end = Int64(written.count)
        _ = trim.note(end: end, times(latest + 10_000))
        #expect(trim.note(end: end + 1, times(latest + 20_000)) == end)
    }
}

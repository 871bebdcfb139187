import KafkaProtocol
import Testing

@testable import ClickstreamTopology
@testable import clickstream_demo

@Suite struct ClickGeneratorTests {
    private static let noon: Int64 = 1_700_000_000_000

    private func lines(seed: UInt64, count: Int) -> [Bytes] {
        var generator = ClickGenerator(seed: seed, rate: 100)
        return (0..<count).map { index in
            var writer = ByteWriter()
            generator.writeLine(at: Self.noon + Int64(index) * 10, to: &writer)
            return writer.finish()
        }
    }

    @Test func `the same seed gives the same lines`() {
        #expect(lines(seed: 7, count: 500) == lines(seed: 7, count: 500))
        #expect(lines(seed: 7, count: 500) != lines(seed: 8, count: 500))
    }

    @Test func `lines are events at their time, but for a few that are late or malformed`() throws {
        var malformed = 0
        var late = 0
        for (index, line) in lines(seed: 1, count: 20_000).enumerated() {
            switch parseCommonLogLine(line) {
            case .malformed: malformed += 1
            case .blank: Issue.record("a blank line")
            case .event(let event):
                let behind = (Self.noon + Int64(index) * 10) / 1000 - event.time / 1000
                #expect((0...120).contains(behind))
                if behind > 0 { late += 1 }
            }
        }
        #expect((1...200).contains(malformed))
        #expect((1...300).contains(late))
    }

    @Test func `some pages are far more popular than others, and users come back`() throws {
        var pages: [Bytes: Int] = [:]
        var users: Set<Bytes> = []
        for line in lines(seed: 1, count: 20_000) {
            guard case .event(let event) = parseCommonLogLine(line) else { continue }
            pages[event.page, default: 0] += 1
            users.insert(event.user)
        }
        let sorted = pages.values.sorted(by: >)
        #expect(sorted.count > 100)
        #expect(sorted[0] > 10 * sorted[sorted.count / 2])
        #expect(users.count > 500 && users.count < 10_000)
    }

    @Test func `times are written as in the calendar`() {
        #expect(CalendarTime(second: 0).logText == "01/Jan/1970:00:00:00 +0000")
        #expect(CalendarTime(second: -1).logText == "31/Dec/1969:23:59:59 +0000")
        #expect(CalendarTime(second: 951_782_400).logText == "29/Feb/2000:00:00:00 +0000")
        #expect(CalendarTime(second: 1_700_000_000).logText == "14/Nov/2023:22:13:20 +0000")
        #expect(CalendarTime(second: 4_107_542_399).logText == "28/Feb/2100:23:59:59 +0000")
    }
}

import KafkaProtocol
import Testing

@testable import clickstream_demo

@Suite struct FrameTests {
    private let frame = Frame(
        title: "generated clicks", elapsed: .seconds(12.34), progress: 0.5, sent: 24_800, sentRate: 2001.4,
        seen: 24_762,
        seenRate: 1998.7, lag: 38, latency: .milliseconds(210), minute: 1_700_000_040_000,
        busiest: [
            PageCount(page: Bytes(utf8: "/\u{1b}[31m/kettles/" + String(repeating: "x", count: 300)), views: 412),
            PageCount(page: Bytes(utf8: "/"), views: 7),
        ],
        hour: 1_699_999_200_000, top: [PageCount(page: Bytes(utf8: "/"), views: 4_120)], activeSessions: 16_012,
        sessions: 16_020, distinctUsers: 3201, usersSince: 1_700_000_000_000, malformed: 48, lastFault: "no size",
        notice: nil, address: "127.0.0.1:9092")

    @Test(arguments: [20, 40, 79, 80, 100, 200], [3, 10, 24, 60])
    func `the table fits the terminal`(width: Int, height: Int) {
        let lines = frame.table(width: width, height: height)
        #expect(lines.count < max(height, 18))
        for line in lines { #expect(line.rendered(limit: width - 1, colour: false).count < width) }
    }

    @Test func `nothing from a log line reaches the terminal as an escape code`() {
        for line in frame.table(width: 120, height: 30) {
            #expect(line.rendered(limit: 119, colour: false).utf8.allSatisfy { (0x20...0x7e).contains($0) })
        }
        #expect(frame.line.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }

    @Test func `colour adds escape codes and nothing else`() {
        let line = StyledText("abc", .bold)
        #expect(line.rendered(limit: 10, colour: true) == "\u{1b}[1mabc\u{1b}[0m")
        #expect(line.rendered(limit: 2, colour: false) == "ab")
    }

    @Test func `the table shows the figures`() {
        let text = frame.table(width: 100, height: 24).map { $0.rendered(limit: 99, colour: false) }.joined(
            separator: "\n")
        for figure in ["24,800", "2,001/s", "24,762", "1,999/s", "38", "210 ms behind", "16,012", "3,201", "48", "50%", "Ctrl-C", "127.0.0.1:9092"] {
            #expect(text.contains(figure), "\(figure) is not in\n\(text)")
        }
    }
}

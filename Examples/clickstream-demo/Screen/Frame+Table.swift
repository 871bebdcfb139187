import KafkaProtocol
import MillraceCommandLine

extension Frame {
    /// The frame as a table for a terminal of that size.
    func table(width: Int, height: Int) -> [StyledText] {
        var lines = [heading]
        if let progress { lines.append(Self.bar(progress, width: width)) }
        lines.append(StyledText(hint, .dim))
        lines += figures(width: width)
        lines.append(StyledText())
        // One row is left for the cursor, one for the notice.
        let room = max(1, height - lines.count - 3)
        lines += pages(width: width, rows: min(10, room))
        lines.append(StyledText(notice ?? "", .warning))
        return lines
    }

    private var heading: StyledText {
        var line = StyledText("Millrace click-stream", .bold)
        line.add("  \(Figures.duration(elapsed))  ")
        line.add(title, .dim)
        return line
    }

    private var hint: String {
        "Ctrl-C ends it." + (page.map { " Live page: \($0)" } ?? "")
            + (address.map { " Kafka clients can connect to \($0)." } ?? "")
    }

    private static func bar(_ progress: Double, width: Int) -> StyledText {
        let share = min(max(progress, 0), 1)
        let cells = max(10, min(60, width - 8))
        let full = Int(share * Double(cells))
        var line = StyledText("[")
        line.add(String(repeating: "#", count: full), .accent)
        line.add(String(repeating: "-", count: cells - full), .dim)
        line.add("] \(Int(share * 100))%")
        return line
    }

    private func figures(width: Int) -> [StyledText] {
        let flow = [
            ("sent", Figures.count(sent), "\(rateText(sentRate))/s"),
            ("in results", Figures.count(seen), "\(rateText(seenRate))/s"),
            ("lag", Figures.count(lag), latency.map { "\(Figures.duration($0)) behind" } ?? ""),
        ]
        let counts = [
            ("active sessions", Figures.count(activeSessions), "of \(Figures.count(sessions))"),
            ("distinct users", Figures.count(distinctUsers ?? 0), usersSince.map { "since \(Self.time($0))" } ?? ""),
            ("malformed lines", Figures.count(malformed), lastFault ?? ""),
        ]
        func cell(_ figure: (name: String, value: String, note: String), _ nameWidth: Int) -> StyledText {
            var text = StyledText("  ")
            text.add(figure.name, columns: nameWidth)
            text.addRight(figure.value, .bold, columns: 12)
            text.add("  \(figure.note)", .dim)
            return text
        }
        guard width >= 80 else { return flow.map { cell($0, 16) } + counts.map { cell($0, 16) } }
        return zip(flow, counts).map { left, right in
            var line = cell(left, 10)
            line.pad(to: 42)
            line.append(cell(right, 15))
            return line
        }
    }

    private func pages(width: Int, rows: Int) -> [StyledText] {
        let left = "Busiest pages\(minute.map { ", minute \(Self.timeOfDay($0)) UTC" } ?? "")"
        let right = "Top pages\(hour.map { ", hour \(Self.timeOfDay($0)) UTC" } ?? "")"
        let isWide = width >= 80
        let column = isWide ? (width - 2) / 2 : width
        var heading = StyledText("  ")
        heading.add(left, .bold, columns: column - 2)
        if isWide { heading.add("  \(right)", .bold) }
        var lines = [heading, StyledText(hint, .dim)]
        // Always as many lines, so that what is below stays where it is.
        for row in 0..<rows {
            var line = Self.row(busiest, row, width: column)
            if isWide {
                line.pad(to: column)
                line.append(Self.row(top, row, width: column))
            }
            lines.append(line)
        }
        return lines
    }

    private static func row(_ pages: [PageCount], _ index: Int, width: Int) -> StyledText {
        guard index < pages.count, let most = pages.first else { return StyledText() }
        let page = pages[index]
        let barWidth = width >= 50 ? 12 : 0
        let digits = max(5, Figures.count(most.views).count)
        var line = StyledText("  ")
        line.add(page.page.string, columns: max(8, width - barWidth - digits - 6))
        line.addRight(Figures.count(page.views), .bold, columns: digits + 1)
        if barWidth > 0 {
            let cells = Int((Double(page.views) / Double(max(1, most.views)) * Double(barWidth)).rounded(.up))
            line.add(" ")
            line.add(String(repeating: "=", count: cells), .accent)
        }
        return line
    }

    /// `07:10`, in UTC.
    private static func timeOfDay(_ milliseconds: Int64) -> String {
        CalendarTime(millisecond: milliseconds).hourAndMinute
    }

    /// `2026-11-21 07:10 UTC`
    static func time(_ milliseconds: Int64) -> String {
        let time = CalendarTime(millisecond: milliseconds)
        return "\(time.date) \(time.hourAndMinute) UTC"
    }

    func rateText(_ rate: Double) -> String { Figures.count(Int64(min(max(0, rate), 1e15).rounded())) }
}

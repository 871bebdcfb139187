import KafkaProtocol
import MillraceCommandLine

extension Frame {
    /// The frame as one line of text, for output that is not a screen.
    var line: String {
        var parts = [Figures.duration(elapsed)]
        if let progress { parts.append("\(Int(min(max(progress, 0), 1) * 100)) %") }
        parts.append("sent \(Figures.count(sent)) (\(rateText(sentRate))/s)")
        parts.append("in results \(Figures.count(seen)) (\(rateText(seenRate))/s)")
        parts.append("lag \(Figures.count(lag))")
        if let latency { parts.append("\(Figures.duration(latency)) behind") }
        parts.append("\(Figures.count(activeSessions)) active sessions")
        parts.append("\(Figures.count(distinctUsers ?? 0)) users")
        parts.append("\(Figures.count(malformed)) malformed")
        if let busiest = busiest.first {
            parts.append(
                "busiest \(StyledText(busiest.page.string).rendered(limit: 60, colour: false)) (\(Figures.count(busiest.views)))"
            )
        }
        if let notice { parts.append(notice) }
        return parts.joined(separator: ", ")
    }
}

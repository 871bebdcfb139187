import MillraceCommandLine

/// What the demo says at its end.
struct Summary: Sendable {
    let lines: [String]

    init(_ status: DemoStatus, keptIn directory: String?) {
        lines = status.read { contents in
            let view = contents.view
            let sending = (contents.sendingEnded ?? .now) - (contents.started ?? .now)
            let whole = (contents.ended ?? .now) - (contents.started ?? .now)
            var lines = [
                "sent          \(Figures.count(contents.sent)) lines in \(Figures.duration(sending)), "
                    + "\(Figures.rate(Int(contents.sent), in: sending)) per second",
                "processed     \(Figures.count(contents.processed)) lines in \(Figures.duration(whole)), "
                    + "\(Figures.rate(Int(contents.processed), in: whole)) per second",
                "page views    \(Figures.count(view.views)) in \(Figures.count(view.windows)) windows of a page and a minute",
                "malformed     \(Figures.count(view.malformed)) lines",
                "sessions      \(Figures.count(view.sessions.total)), \(Figures.count(view.sessions.active)) of them active at the end",
            ]
            if contents.sentBefore > 0 {
                lines.insert("there before  \(Figures.count(contents.sentBefore)) lines", at: 0)
            }
            if let users = view.distinctUsers {
                lines.append(
                    "users         \(Figures.count(users.value)) in the five minutes since \(Frame.time(users.window))")
            }
            if contents.dropped > 0 {
                lines.append("left out      \(Figures.count(contents.dropped)) that came too late")
            }
            if let directory { lines.append("data          kept in \(directory)") }
            return lines
        }
    }
}

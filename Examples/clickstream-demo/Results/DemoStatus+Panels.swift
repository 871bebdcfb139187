import KafkaProtocol
import Millrace

extension DemoStatus {
    /// The results for the live page.
    var panels: [LivePanel] {
        read { contents in
            let view = contents.view
            return [
                LivePanel("Busiest pages", note: "views in the minute under way", Self.bars(view.busiestPages(10))),
                LivePanel("Top pages", note: "views in the hour under way", Self.bars(view.topPages?.value ?? [])),
                LivePanel("Sessions", note: "active, of \(view.sessions.total) so far", .number(Double(view.sessions.active))),
                LivePanel("Distinct users", note: "in the five minutes under way", .number(Double(view.distinctUsers?.value ?? 0))),
                LivePanel("Late lines", note: "left out, as their windows had closed", .number(Double(contents.dropped))),
                LivePanel("Malformed lines", note: view.lastFault.map { "the last: \($0)" } ?? "none", .number(Double(view.malformed))),
            ]
        }
    }

    private static func bars(_ pages: [PageCount]) -> LivePanel.Content {
        .bars(pages.prefix(10).map { LivePanel.Bar($0.page.string, Double($0.views)) })
    }
}

import Foundation
public import KafkaProtocol
import Millrace

/// How often a page was viewed in some window.
public struct PageViews: Sendable, Equatable {
    /// The page.
    public var page: Bytes
    /// The views.
    public var views: Int64

    /// Whether this comes before `other`: more views, and among equals the bytewise smaller page.
    func precedes(_ other: PageViews) -> Bool {
        views != other.views ? views > other.views : page < other.page
    }
}

/// The ten most viewed pages of a window.
///
/// Exact although no other page is kept: a page's views only grow, so the least of the ten never gets less, and a page
/// that was not among them can only come in with a record of its own.
public struct TopPages: Sendable, Equatable {
    /// The pages, most viewed first.
    public private(set) var pages: [PageViews] = []

    /// No pages.
    public init() {}

    /// These pages with the latest views of one of them, or of another.
    func adding(_ latest: PageViews) -> TopPages {
        var result = self
        result.pages.removeAll { $0.page == latest.page }
        let place = result.pages.firstIndex { latest.precedes($0) } ?? result.pages.count
        result.pages.insert(latest, at: place)
        if result.pages.count > 10 { result.pages.removeLast() }
        return result
    }
}

extension Serde where Value == PageViews {
    /// The views, 8 bytes, then the page.
    static var pageViews: Serde<PageViews> {
        Serde(
            encode: { value, writer in
                writer.write(value.views)
                writer.write(raw: value.page)
            },
            decode: { bytes in
                try bytes.reading { reader in
                    let views = try reader.read(Int64.self)
                    return PageViews(page: try reader.readSlice(reader.remaining), views: views)
                }
            })
    }
}

extension Serde where Value == TopPages {
    /// A JSON array of `{"page","views"}`.
    static var topPages: Serde<TopPages> {
        let rows: Serde<[Row]> = .json()
        return rows.map(
            { rows in
                rows.reduce(into: TopPages()) { $0 = $0.adding(PageViews(page: Bytes(utf8: $1.page), views: $1.views)) }
            }, { top in top.pages.map { Row(page: $0.page.string, views: $0.views) } })
    }
}

private struct Row: Codable {
    var page: String
    var views: Int64
}

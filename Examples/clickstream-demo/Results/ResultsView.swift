import Foundation
import KafkaProtocol
import Millrace

/// A page and how often it was viewed.
struct PageCount: Equatable, Sendable {
    var page: Bytes
    var views: Int64

    /// More views first, then the bytewise smaller page.
    func precedes(_ other: PageCount) -> Bool { views != other.views ? views > other.views : page < other.page }
}

/// What has been seen of the output topics. Each record replaces what was known of its key, as in a table.
struct ResultsView: Sendable {
    /// The start of a window in milliseconds since 1970, and its value.
    struct Latest<Value: Sendable>: Sendable {
        var window: Int64
        var value: Value
    }

    /// Page views by minute: the rows of `page-views` that may still change.
    private var minutes: [Int64: [Bytes: Int64]] = [:]
    private var closedRows = 0
    private let horizon: Int64
    /// The start of the latest minute.
    private(set) var minute: Int64?
    /// All page views.
    private(set) var views: Int64 = 0
    private(set) var sessions: SessionTally
    /// The users of the latest five minutes.
    private(set) var distinctUsers: Latest<Int64>?
    /// The most viewed pages of the latest hour.
    private(set) var topPages: Latest<[PageCount]>?
    private(set) var malformed: Int64 = 0
    /// Why the last malformed line was none.
    private(set) var lastFault: String?

    /// Nothing seen yet. What is older than `horizon` is taken not to change any more and is forgotten.
    init(horizon: Duration) {
        self.horizon = horizon / .milliseconds(1) < 9e15 ? Int64(horizon / .milliseconds(1)) : .max / 2
        sessions = SessionTally(horizon: self.horizon)
    }

    /// The lines whose effect has been seen.
    var lines: Int64 { views + malformed }
    /// The windows of a page and a minute.
    var windows: Int { closedRows + minutes.values.reduce(0) { $0 + $1.count } }

    /// The most viewed pages of the latest minute.
    func busiestPages(_ count: Int) -> [PageCount] {
        guard let minute, let pages = minutes[minute] else { return [] }
        var busiest: [PageCount] = []
        for (page, views) in pages {
            let candidate = PageCount(page: page, views: views)
            if busiest.count == count, let last = busiest.last, last.precedes(candidate) { continue }
            busiest.insert(candidate, at: busiest.firstIndex { candidate.precedes($0) } ?? busiest.count)
            if busiest.count > count { busiest.removeLast() }
        }
        return busiest
    }

    /// Takes in a record. Throws if it is not what the topology writes to that topic.
    mutating func apply(_ record: RecordView, of topic: OutputTopic) throws {
        switch topic {
        case .malformed:
            malformed += 1
            lastFault = record.headers.last { $0.key == "error" }?.value?.string
        case .pageViews:
            let key = try Self.pageKey.decode(record.key ?? Bytes())
            if let value = record.value { try note(Serde.int64.decode(value), of: key) }
        case .userSessions:
            let key = try Self.sessionKey.decode(record.key ?? Bytes())
            sessions.note(key, exists: record.value != nil)
        case .distinctUsers:
            let window = try Self.windowStart(record)
            if let value = record.value, window >= distinctUsers?.window ?? .min {
                distinctUsers = Latest(window: window, value: try Serde.int64.decode(value))
            }
        case .topPages:
            let window = try Self.windowStart(record)
            if let value = record.value, window >= topPages?.window ?? .min {
                let rows = try Self.rows.decode(value)
                topPages = Latest(
                    window: window, value: rows.map { PageCount(page: Bytes(utf8: $0.page), views: $0.views) })
            }
        }
    }

    private mutating func note(_ count: Int64, of key: Windowed<Bytes>) {
        let start = key.window.start
        if start > minute ?? .min {
            minute = start
            for old in minutes.keys where old < start - horizon {
                closedRows += minutes.removeValue(forKey: old)?.count ?? 0
            }
        }
        // Looked up first, as keys that stay must not keep the fetched batch in memory.
        if let old = minutes[start]?[key.key] {
            views += count - old
            minutes[start]?[key.key] = count
        } else {
            views += count
            minutes[start, default: [:]][key.key.detached()] = count
        }
    }

    private static let pageKey: Serde<Windowed<Bytes>> = .timeWindowed(.bytes, size: 60_000)
    private static let sessionKey: Serde<Windowed<Bytes>> = .sessionWindowed(.bytes)
    private static let rows: Serde<[Row]> = .json()

    private static func windowStart(_ record: RecordView) throws -> Int64 {
        try pageKey.decode(record.key ?? Bytes()).window.start
    }
}

/// An element of the arrays in `top-pages`.
private struct Row: Codable {
    var page: String
    var views: Int64
}

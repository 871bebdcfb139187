public import Millrace

/// Click-stream analytics over a web server's access log.
///
/// Reads `access-log` (value: one raw line) in event time taken from the lines, and writes
/// - `page-views`: (page, 1 min) -> views;
/// - `user-sessions`: session (user, 30 min gap) -> events, with a tombstone where sessions merge;
/// - `distinct-users`: ("all", 5 min) -> users;
/// - `top-pages`: ("all", 1 h) -> JSON array of the ten most viewed pages;
/// - `access-log-malformed`: lines that are no events, untouched, with a header `error` that says why.
///
/// The last record per key of each topic is the answer.
public enum Clickstream {
    /// The topology. Lines later than `grace` after the end of their window are left out of it.
    public static func topology(format: LogFormat = .common, grace: Duration = .hours(1)) throws -> Topology {
        let builder = StreamsBuilder()
        let lines = builder.stream("access-log", .timestamp(.ofLogLine), value: .logLine(format))

        lines
            .mapRecords { record in
                guard case .malformed(let line, let reason) = record.value else { return nil }
                return Record(
                    key: record.key, value: line, timestamp: record.timestamp,
                    headers: record.headers + [RecordHeader(key: "error", value: Bytes(utf8: reason))])
            }
            .to("access-log-malformed", value: .bytes)

        // Users and pages are compared byte for byte, so they stay bytes. The values are not needed any more: windows
        // count records, whatever their values.
        let byPage =
            lines
            .flatMap { _, line in
                guard case .event(let event) = line else { return [] }
                return [KeyValue<Bytes, Bytes>(event.page, nil)]
            }
            .repartition(.named("by-page").key(.bytes).value(.bytes))
        let byUser =
            lines
            .flatMap { _, line in
                guard case .event(let event) = line else { return [] }
                return [KeyValue<Bytes, Bytes>(event.user, nil)]
            }
            .repartition(.named("by-user").key(.bytes).value(.bytes))

        byPage.groupByKey()
            .windowedBy(.tumbling(.minutes(1), grace: grace))
            .count(.as("page-views-store"))
            .toStream()
            .to("page-views")

        byUser.groupByKey()
            .windowedBy(.gap(.minutes(30), grace: grace))
            .count(.as("user-sessions-store"))
            .toStream()
            .to("user-sessions")

        // One row a user and window; the rows of a window are its distinct users.
        let fiveMinutes = TimeWindows.tumbling(.minutes(5), grace: grace)
        byUser.groupByKey()
            .windowedBy(fiveMinutes)
            .count(.as("users-per-window-store"))
            .groupBy(.key(.timeWindowed(.string, size: fiveMinutes.sizeMs)).value(.int64)) { user, _ in
                KeyValue(Windowed("all", user.window), 1)
            }
            .count(.as("distinct-users-store"))
            .toStream()
            .to("distinct-users")

        let hour = TimeWindows.tumbling(.hours(1), grace: grace)
        byPage.groupByKey()
            .windowedBy(hour)
            .count(.as("hourly-views-store"))
            .toStream()
            .map(key: .timeWindowed(.string, size: hour.sizeMs), value: .pageViews) { page, views in
                KeyValue(
                    page.map { Windowed("all", $0.window) }, page.map { PageViews(page: $0.key, views: views ?? 0) })
            }
            .groupByKey()
            .aggregate(TopPages(), .as("top-pages-store", value: .topPages)) { _, views, top in
                top.adding(views)
            }
            .toStream()
            .to("top-pages")

        return try builder.build()
    }
}

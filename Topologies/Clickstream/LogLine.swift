public import KafkaProtocol
import Millrace

/// Which kind of log the lines are of.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Common Log Format and Combined Log Format, as web servers write them.
    case common
    /// The CSV of the EDGAR log file data set.
    case edgar
}

/// What a line of a log is.
public enum LogLine: Sendable, Equatable {
    /// A request.
    case event(AccessEvent)
    /// A line that is none, and why.
    case malformed(Bytes, reason: String)
    /// An empty line, or the header of a CSV file: nothing to count.
    case blank
}

/// A request to a web server.
public struct AccessEvent: Sendable, Equatable {
    /// Who asked: the first field, as written.
    public var user: Bytes
    /// The page asked for, query and all.
    public var page: Bytes
    /// When, in milliseconds since the epoch.
    public var time: Int64
}

extension Serde where Value == LogLine {
    /// Lines of a log. Every line is read as something; the bytes of a malformed one are kept.
    static func logLine(_ format: LogFormat) -> Serde<LogLine> {
        Serde(
            encode: { line, writer in
                switch line {
                case .malformed(let bytes, _): writer.write(raw: bytes)
                case .event, .blank: throw SerdeError("log lines are read, not written")
                }
            },
            decode: { line in
                switch format {
                case .common: parseCommonLogLine(line)
                case .edgar: parseEdgarLine(line)
                }
            })
    }
}

extension TimestampExtractor where Key == Bytes, Value == LogLine {
    /// The time in the line. Lines without one come at the time of the line before, so that they do not move time.
    static var ofLogLine: TimestampExtractor {
        TimestampExtractor { record, partitionTime in
            if case .event(let event) = record.value { return event.time }
            return partitionTime >= 0 ? partitionTime : record.timestamp
        }
    }
}

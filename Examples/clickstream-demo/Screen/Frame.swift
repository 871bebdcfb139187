import KafkaProtocol

/// What the screen shows at one moment.
struct Frame: Equatable, Sendable {
    var title: String
    var elapsed: Duration
    /// The part of the input file that is processed, 0 to 1; nil if there is no end to get nearer to.
    var progress: Double?
    var sent: Int64
    var sentRate: Double
    var seen: Int64
    var seenRate: Double
    var lag: Int64
    var latency: Duration?
    /// Starts of windows are in milliseconds since 1970.
    var minute: Int64?
    var busiest: [PageCount]
    var hour: Int64?
    var top: [PageCount]
    var activeSessions: Int
    var sessions: Int
    var distinctUsers: Int64?
    var usersSince: Int64?
    var malformed: Int64
    var lastFault: String?
    var notice: String?
    /// Where Kafka clients can connect, if they can.
    var address: String?
    /// Where a browser sees all this, if it can.
    var page: String?
}

/// Makes frames of what is known, with the rates since the frames before.
struct FrameMaker: Sendable {
    let title: String
    let showsProgress: Bool
    private var sentMeter = RateMeter()
    private var seenMeter = RateMeter()

    init(title: String, showsProgress: Bool) {
        self.title = title
        self.showsProgress = showsProgress
    }

    mutating func frame(_ contents: borrowing DemoStatus.Contents, at now: ContinuousClock.Instant) -> Frame {
        let view = contents.view
        let processed = Double(contents.processed) / Double(max(1, contents.sent))
        return Frame(
            title: title, elapsed: contents.started.map { now - $0 } ?? .zero,
            progress: showsProgress ? min(1, processed) * (contents.shareSent ?? 0) : nil,
            sent: contents.sentBefore + contents.sent, sentRate: sentMeter.rate(contents.sent, at: now),
            seen: view.lines, seenRate: seenMeter.rate(view.lines, at: now),
            lag: contents.lag, latency: showsProgress ? nil : contents.latency.latency,
            minute: view.minute, busiest: view.busiestPages(10),
            hour: view.topPages?.window, top: view.topPages?.value ?? [],
            activeSessions: view.sessions.active, sessions: view.sessions.total,
            distinctUsers: view.distinctUsers?.value, usersSince: view.distinctUsers?.window,
            malformed: view.malformed, lastFault: view.lastFault, notice: contents.notice, address: contents.address, page: contents.page)
    }
}

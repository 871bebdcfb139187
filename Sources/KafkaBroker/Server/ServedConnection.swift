internal import KafkaNetwork
internal import KafkaProtocol
internal import Synchronization

/// A client's connection: one task reads requests, another answers them one after the other, as Kafka does. A fetch that
/// waits for records lets the requests behind it wait, too.
final class ServedConnection: Sendable {
    private struct Activity {
        /// When the client last sent or took something, on the monotonic clock.
        var last: Int64
        /// Whether a request is being answered, which is no idleness.
        var isAnswering = false
        var timer: TimerQueue.ID?
        var isEnded = false
    }

    private let connection: Connection
    private let broker: Broker
    private let configuration: ServerConfiguration
    private let memory: RequestMemory
    private let source: RequestSource
    private let queue = RequestQueue()
    private let activity: Mutex<Activity>

    init(
        _ connection: Connection, broker: Broker, configuration: ServerConfiguration, memory: RequestMemory,
        advertised: BrokerEndpoint
    ) {
        self.connection = connection
        self.broker = broker
        self.configuration = configuration
        self.memory = memory
        source = RequestSource(
            clientID: "", host: "/\(connection.remoteAddress.host)", isInProcess: false, advertised: advertised)
        activity = Mutex(Activity(last: broker.clock.monotonic()))
    }

    /// Serves the client until it goes, errs or is idle for too long, or until `drain` or `abort`. Returns why the
    /// server ended the connection, nil if the client did.
    func run() async -> String? {
        watchIdleness()
        let fault = await withTaskGroup(of: String?.self) { group in
            group.addTask { await self.read() }
            group.addTask {
                let fault = await self.answer()
                // Also when requests are left: nobody answers them any more.
                self.abort()
                return fault
            }
            var fault: String?
            for await found in group { fault = fault ?? found }
            return fault
        }
        memory.remove(queue.bytesLeft)
        let timer = activity.withLock { activity -> TimerQueue.ID? in
            activity.isEnded = true
            return activity.timer
        }
        if let timer { broker.timers.cancel(timer) }
        return fault
    }

    /// Reads no more requests; those that were read are answered, then the connection is closed. Who waits for records
    /// or a group is answered now.
    func drain() {
        queue.finish()
        source.connection.close()
    }

    /// Closes the connection.
    func abort() {
        drain()
        connection.close()
    }

    private func read() async -> String? {
        defer { drain() }
        do {
            while true {
                await memory.waitForRoom()
                guard let frame = try await connection.readFrame(limit: configuration.maxRequestBytes) else { return nil }
                noteActivity()
                memory.add(frame.count)
                guard await queue.add(frame) else { return nil }
            }
        } catch let error as NetworkError where error.code == .tooLarge {
            return error.message
        } catch {
            // The client is gone; or the connection was closed here, for which the one who did it has told the reason.
            return nil
        }
    }

    private func answer() async -> String? {
        var source = source
        while let frame = await queue.next() {
            defer { memory.remove(frame.count) }
            activity.withLock { $0.isAnswering = true }
            let answer: Bytes?
            do {
                switch try RequestFrame.read(frame) {
                case .unknownApiVersions(let correlationID):
                    answer = try RequestFrame.refuseApiVersions(correlationID: correlationID)
                case .request(let request):
                    source.clientID = request.header.clientId ?? ""
                    answer = try await request.answered(by: broker, from: source)
                }
            } catch {
                return broker.isClosed || error is CancellationError ? nil : "\(error)"
            }
            activity.withLock { $0.isAnswering = false }
            noteActivity()
            guard let answer else { continue }
            do { try await connection.write([answer]) } catch { return nil }
            noteActivity()
        }
        return nil
    }

    // MARK: Idleness

    private func noteActivity() {
        let now = broker.clock.monotonic()
        activity.withLock { $0.last = now }
    }

    /// Looks after the time when the connection would be idle for too long, again and again: a timer that is set anew
    /// with each request would cost more.
    private func watchIdleness() {
        guard configuration.idleTimeout > 0, configuration.idleTimeout < .max else { return }
        let now = broker.clock.monotonic()
        let deadline = activity.withLock { activity -> Int64? in
            guard !activity.isEnded else { return nil }
            let since = activity.isAnswering ? now : activity.last
            let deadline = since.addingReportingOverflow(configuration.idleTimeout).partialValue
            return deadline > now ? deadline : nil
        }
        guard let deadline else { return abort() }
        let timer = broker.timers.schedule(at: deadline) { [weak self] in self?.watchIdleness() }
        activity.withLock { $0.timer = timer }
    }
}

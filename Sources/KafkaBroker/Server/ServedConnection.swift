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
        /// Whether requests may be large and read ahead: not before the client has proved who it is.
        var isTrusted: Bool
        /// The client's name of itself, once it has said it.
        var clientID = ""
    }

    private let connection: Connection
    private let broker: Broker
    private let configuration: ServerConfiguration
    private let memory: RequestMemory
    private let source: RequestSource
    private let queue: RequestQueue
    /// Fires when a request of a client that is not trusted yet is answered.
    private let answered = Signal()
    private let activity: Mutex<Activity>

    init(
        _ connection: Connection, broker: Broker, configuration: ServerConfiguration, memory: RequestMemory,
        advertised: BrokerEndpoint
    ) {
        self.connection = connection
        self.broker = broker
        self.configuration = configuration
        self.memory = memory
        let queue = RequestQueue()
        self.queue = queue
        source = RequestSource(
            clientID: "", host: "/\(connection.remoteAddress.host)", isInProcess: false, advertised: advertised,
            room: { max(Self.smallestRoom, memory.left) }, connection: RequestConnection { queue.wake() })
        activity = Mutex(
            Activity(last: broker.clock.monotonic(), isTrusted: configuration.saslMechanisms.isEmpty))
    }

    /// Where the client is.
    var address: NetworkAddress { connection.remoteAddress }

    /// The client as logs call it: its name of itself, if it has said it, and its address.
    var clientName: String {
        let id = activity.withLock { $0.clientID }
        return id.isEmpty ? "client at \(address)" : "client \(id) at \(address)"
    }

    /// Serves the client until it goes, errs or is idle for too long, or until `drain` or `abort`. Returns why the
    /// server ended the connection, nil if the client did.
    func run() async -> String? {
        watchIdleness()
        let fault: String?
        do {
            if let tls = configuration.tls {
                try await connection.startTLS(server: tls, timeout: Self.handshakeTimeout)
            }
            fault = await serve()
        } catch {
            abort()
            fault = (error as? NetworkError).flatMap { $0.code == .closed ? nil : $0.message }
        }
        memory.remove(queue.bytesLeft)
        let timer = activity.withLock { activity -> TimerQueue.ID? in
            activity.isEnded = true
            return activity.timer
        }
        if let timer { broker.timers.cancel(timer) }
        return fault
    }

    private func serve() async -> String? {
        await withTaskGroup(of: String?.self) { group in
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
    }

    /// The largest request of a client that has not proved who it is (`sasl.server.max.receive.size`).
    private static let untrustedLimit = 512 << 10
    /// What a fetch may be answered with even if memory is short, in bytes.
    private static let smallestRoom = 1 << 20
    /// How long a client may take to set up TLS.
    private static let handshakeTimeout = Duration.seconds(10)

    /// Reads no more requests; those that were read are answered, then the connection is closed. Who waits for records
    /// or a group is answered now.
    func drain() {
        queue.finish()
        source.connection.close()
        answered.fire()
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
                let isTrusted = activity.withLock { $0.isTrusted }
                let limit = isTrusted ? configuration.maxRequestBytes : Self.untrustedLimit
                guard let frame = try await connection.readFrame(limit: min(limit, configuration.maxRequestBytes))
                else {
                    return nil
                }
                noteActivity()
                memory.add(frame.count)
                queue.add(frame)
                while true {
                    guard let isFull = queue.isFull, !Task.isCancelled else { return nil }
                    guard isFull else { break }
                    await waitForRoom()
                }
                if !isTrusted { await answered.wait() }
            }
        } catch {
            // The client is gone, takes no answers any more and need not be waited for; or the connection was closed here,
            // and who did it has told the reason.
            abort()
            guard let error = error as? NetworkError, error.code == .tooLarge else { return nil }
            return error.message
        }
    }

    /// Waits until there is room in the queue. If the request in front waits for something, the client may go meanwhile,
    /// which is seen behind its unread requests, too; the wait is over then.
    private func waitForRoom() async {
        guard source.connection.isWaitedFor else { return await queue.waitForTaken() }
        await withTaskGroup(of: Bool?.self) { group in
            group.addTask {
                await self.queue.waitForTaken()
                return false
            }
            group.addTask { (try? await self.connection.waitForHangup()).map { true } }
            for await isGone in group {
                guard let isGone else { continue }
                if isGone { source.connection.close() }
                break
            }
            group.cancelAll()
        }
    }

    private func answer() async -> String? {
        var source = source
        var authentication = Authentication(mechanisms: configuration.saslMechanisms)
        source.access = access(of: authentication)
        while let frame = await queue.next() {
            defer { memory.remove(frame.count) }
            let isTrusted = authentication.isDone
            activity.withLock { $0.isAnswering = true }
            let step: Step
            do {
                step = try await answer(frame, &source, &authentication)
            } catch {
                return broker.isClosed || error is CancellationError ? nil : "\(error)"
            }
            activity.withLock { activity in
                activity.isAnswering = false
                activity.isTrusted = authentication.isDone
            }
            if !isTrusted, authentication.isDone { source.access = access(of: authentication) }
            noteActivity()
            if step.isFailedLogin { await pause(configuration.failedAuthenticationDelay) }
            if let answer = step.answer {
                let size = answer.reduce(0) { $0 + $1.count }
                broker.meter.note(bytesIn: frame.count + 4, bytesOut: size)
                memory.add(size)
                defer { memory.remove(size) }
                do { try await connection.write(answer) } catch { return nil }
                noteActivity()
            }
            if let fault = step.fault { return fault }
            if !isTrusted { answered.fire() }
        }
        return nil
    }

    /// What comes of a request: an answer or none, and the reason if the connection ends after it.
    private struct Step {
        /// The parts of a frame.
        var answer: [Bytes]?
        var fault: String?
        /// Whether the client could not prove who it is, and has to wait for being told so.
        var isFailedLogin = false
    }

    private func answer(
        _ frame: Bytes, _ source: inout RequestSource, _ authentication: inout Authentication
    ) async throws -> Step {
        if authentication.expectsRawToken {
            let token: Bytes
            do { token = try authentication.take(frame, broker.users.credentials) } catch {
                return Step(fault: "authentication failed: \(error.message)", isFailedLogin: true)
            }
            var writer = ByteWriter(capacity: token.count + 4)
            writer.write(Int32(token.count))
            writer.write(raw: token)
            return Step(answer: [writer.finish()])
        }
        switch try RequestFrame.read(frame) {
        case .refused(let header, let answer):
            noteClient(header, &source)
            guard authentication.isDone || header.apiKey.isForAnyone else {
                return Step(fault: "\(header.apiKey) before the client has authenticated")
            }
            return Step(answer: answer)
        case .handshake(let header, let request):
            noteClient(header, &source)
            let reply = authentication.handshake(request, version: header.apiVersion)
            return Step(answer: try SaslHandshakeRequest.frame(reply.response, answering: header), fault: reply.fault)
        case .authenticate(let header, let request):
            let reply = authentication.authenticate(request, broker.users.credentials)
            return Step(
                answer: try SaslAuthenticateRequest.frame(reply.response, answering: header), fault: reply.fault,
                isFailedLogin: reply.response.errorCode == KafkaErrorCode.saslAuthenticationFailed.rawValue)
        case .request(let request):
            guard authentication.isDone || request.header.apiKey.isForAnyone else {
                return Step(fault: "\(request.header.apiKey) before the client has authenticated")
            }
            noteClient(request.header, &source)
            return Step(answer: try await request.answered(by: broker, from: source))
        }
    }

    /// What the client may do: as the user that it has authenticated as, else by the name in its certificate, else as nobody.
    private func access(of authentication: Authentication) -> Access? {
        let user = authentication.user?.string ?? connection.peerCertificateName
        return Access(of: user.map { Name("User:\($0)") } ?? Access.anonymous, at: source.host, broker: broker)
    }

    /// Suspends for so many milliseconds, or until the connection ends.
    private func pause(_ milliseconds: Int64) async {
        guard milliseconds > 0 else { return }
        let signal = Signal()
        let waiter = source.connection.onClose { signal.fire() }
        let timer = broker.timers.schedule(at: broker.clock.deadline(after: milliseconds)) { signal.fire() }
        await signal.wait()
        broker.timers.cancel(timer)
        source.connection.forget(waiter)
    }

    private func noteClient(_ header: RequestHeader, _ source: inout RequestSource) {
        let id = header.clientId ?? ""
        guard source.clientID.utf8.count != id.utf8.count || Name(source.clientID) != Name(id) else { return }
        source.clientID = id
        activity.withLock { $0.clientID = String(id.prefix(100)) }
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
            let deadline = since.saturatingAdd(configuration.idleTimeout)
            return deadline > now ? deadline : nil
        }
        guard let deadline else { return abort() }
        let timer = broker.timers.schedule(at: deadline) { [weak self] in self?.watchIdleness() }
        activity.withLock { $0.timer = timer }
    }
}

extension APIKey {
    /// Whether clients that have not authenticated are answered.
    fileprivate var isForAnyone: Bool { self == .apiVersions || self == .saslHandshake || self == .saslAuthenticate }
}

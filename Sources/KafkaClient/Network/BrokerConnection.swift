import KafkaNetwork
import KafkaProtocol
import Synchronization

/// One TCP connection to a broker, from before it stands until it has ended: the shell of a `ConnectionMachine`.
///
/// A writer and a reader task carry frames; they belong to the transport, so that a caller that gives up breaks
/// nothing. Requests are encoded by the writer, in the order in which they were added, once the broker's versions are
/// known; answers are decoded by who waits for them.
final class BrokerConnection: Sendable {
    /// What becomes of a request.
    enum Answer: Sendable {
        case frame(Bytes, version: Int16)
        /// It was written, and is not answered.
        case written
        /// Nothing of it was sent, because of this.
        case unsent(KafkaError)
    }

    private struct Request {
        var encode: @Sendable (_ versions: APIVersionTable, _ correlationID: Int32) throws -> ([Bytes], version: Int16)
        var answer: OneShot<Answer>
        var expectsAnswer: Bool
        var version: Int16 = 0
    }

    private struct State {
        var machine: ConnectionMachine
        var requests: [ConnectionMachine.RequestID: Request] = [:]
        var lastID: ConnectionMachine.RequestID = 0
        var socket: Connection?
        var failure: KafkaError?
    }

    let id: NodeConnections.ConnectionID
    let address: NetworkAddress
    let clientID: String
    let configuration: TCPConfiguration
    let tls: TLSClientContext?
    let environment: ClientEnvironment
    private let notBefore: Int64
    private let state: Mutex<State>
    /// There is something to write.
    private let outgoing = Notifier()
    /// A deadline may have come nearer.
    private let clock = Notifier()

    init(
        _ choice: NodeConnections.Choice, to address: NetworkAddress, clientID: String,
        configuration: TCPConfiguration, tls: TLSClientContext?, environment: ClientEnvironment
    ) {
        self.tls = tls
        id = choice.id
        notBefore = choice.notBefore
        self.address = address
        self.clientID = clientID
        self.configuration = configuration
        self.environment = environment
        state = Mutex(State(machine: ConnectionMachine(idleTimeout: configuration.idleTimeout.milliseconds)))
    }

    // MARK: Requests

    /// Adds a request; nil if the connection has ended. The request is in its place among the others when this returns.
    func add<R: KafkaRequest>(_ request: R, _ traits: RequestTraits) -> PendingAnswer? {
        let clientID = clientID
        let now = environment.now()
        let answer = OneShot<Answer>()
        let added: (id: ConnectionMachine.RequestID, isFirst: Bool)? = state.withLock { state in
            state.lastID += 1
            let isFirst = state.machine.load == 0
            guard
                state.machine.add(
                    state.lastID, deadline: now.saturatingAdd(traits.timeout(configuration)), expectsAnswer: traits.expectsAnswer,
                    now: now)
            else { return nil }
            state.requests[state.lastID] = Request(
                encode: { versions, correlationID in
                    let version = try versions.version(for: request)
                    return (
                        try RequestFrame.encode(
                            request, version: version, correlationID: correlationID, clientID: clientID), version
                    )
                }, answer: answer, expectsAnswer: traits.expectsAnswer)
            return (state.lastID, isFirst)
        }
        guard let added else { return nil }
        outgoing.notify()
        // Deadlines of later requests come later, but for those of long polls, which are alone.
        if added.isFirst { clock.notify() }
        return PendingAnswer(connection: self, id: added.id, answer: answer)
    }

    /// Nobody waits for the answer any more.
    fileprivate func abandon(_ id: ConnectionMachine.RequestID) {
        state.withLock { state in
            guard state.requests.removeValue(forKey: id) != nil else { return }
            state.machine.abandon(id)
        }
    }

    /// Sends nothing before `milliseconds` have passed, as the broker wishes.
    func throttle(for milliseconds: Int32) {
        guard milliseconds > 0 else { return }
        state.withLock { $0.machine.throttle(until: environment.now() + Int64(milliseconds)) }
        clock.notify()
    }

    /// Ends the connection now. Requests fail with `error`.
    func close(_ error: KafkaError) {
        let (answers, socket) = state.withLock { state in
            let socket = state.socket
            state.socket = nil
            state.failure = state.failure ?? error
            let (unsent, unanswered) = state.machine.close()
            var answers: [(OneShot<Answer>, Result<Answer, KafkaError>)] = []
            for id in unsent { if let request = state.requests[id] { answers.append((request.answer, .success(.unsent(error)))) } }
            for id in unanswered { if let request = state.requests[id] { answers.append((request.answer, .failure(error))) } }
            state.requests = [:]
            return (answers, socket)
        }
        socket?.close()
        for (answer, result) in answers { answer.resume(result) }
        outgoing.notify()
        clock.notify()
    }

    // MARK: Running

    /// Connects and carries requests until the connection ends. Returns whether it ended in order: by `close` or for
    /// want of requests. `opened` is called when it stands, `isFree` when a request is done and there is no other.
    func run(opened: () -> Void, isFree: @escaping @Sendable () -> Void) async -> Bool {
        do {
            let wait = notBefore - environment.now()
            if wait > 0 { try await environment.sleep(wait) }
            let connected = try await open()
            let socket = connected.socket
            let isWanted = state.withLock { state in
                guard state.machine.phase == .opening else { return false }
                state.machine.opened(now: environment.now(), sessionLifetime: connected.sessionLifetime)
                state.socket = socket
                return true
            }
            guard isWanted else {
                socket.close()
                return true
            }
            opened()
            let ending = await serve(socket, connected.versions, isFree)
            close(ending ?? KafkaError(.connection, "the connection to the broker at \(address) was idle", isRetriable: true))
            return ending == nil
        } catch {
            close(failure(error, "connect to"))
            return error is CancellationError
        }
    }

    /// Carries requests. Returns why that ended; nil if there was nothing to do any more.
    private func serve(
        _ socket: Connection, _ versions: APIVersionTable, _ isFree: @escaping @Sendable () -> Void
    ) async -> KafkaError? {
        await withTaskGroup(of: KafkaError?.self) { group in
            group.addTask {
                do { try await self.read(socket, isFree) } catch { return self.failure(error, "read from") }
            }
            group.addTask {
                do { try await self.write(socket, versions, isFree) } catch { return self.failure(error, "write to") }
            }
            group.addTask { await self.watchTime() }
            defer {
                group.cancelAll()
                socket.close()
            }
            guard let first = await group.next() else { return nil }
            return first
        }
    }

    private func read(_ socket: Connection, _ isFree: () -> Void) async throws -> Never {
        while let frame = try await socket.readFrame(limit: configuration.maximumResponseBytes) {
            let correlationID = try RequestFrame.correlationID(of: frame)
            let now = environment.now()
            let (request, isLast): (Request?, Bool) = try state.withLock { state in
                let id = try state.machine.received(correlationID: correlationID, now: now)
                if state.machine.isRetired(now: now) { clock.notify() }
                return (id.flatMap { state.requests.removeValue(forKey: $0) }, state.machine.load == 0)
            }
            if isLast { isFree() }
            if let request { request.answer.resume(.success(.frame(frame, version: request.version))) }
        }
        throw KafkaError(.connection, "the broker at \(address) has closed the connection", isRetriable: true)
    }

    private func write(
        _ socket: Connection, _ versions: APIVersionTable, _ isFree: () -> Void
    ) async throws -> Never {
        while true {
            let seen = outgoing.version
            let (frames, unanswered, wasLast) = encodeNext(versions)
            if wasLast { isFree() }
            guard !frames.isEmpty else {
                try Task.checkCancellation()
                await outgoing.wait(after: seen)
                continue
            }
            try await socket.write(frames)
            for answer in unanswered { answer.resume(.success(.written)) }
        }
    }

    /// The parts of the frames to write next, about a megabyte of them, and who waits for those that are not answered.
    /// Also whether a request that cannot be written was the last one.
    private func encodeNext(
        _ versions: APIVersionTable
    ) -> (frames: [Bytes], unanswered: [OneShot<Answer>], wasLast: Bool) {
        var frames: [Bytes] = []
        var wasLast = false
        var unanswered: [OneShot<Answer>] = []
        var size = 0
        while size < 1 << 20 {
            let next = state.withLock { state -> (ConnectionMachine.Outgoing, Request?)? in
                guard let next = state.machine.takeNext(now: environment.now()) else { return nil }
                return (next, state.requests[next.id])
            }
            guard let (next, request) = next else { break }
            do {
                guard let request else { throw CancellationError() }
                let (parts, version) = try request.encode(versions, next.correlationID)
                state.withLock { state in
                    if request.expectsAnswer {
                        state.requests[next.id]?.version = version
                    } else {
                        state.requests[next.id] = nil
                    }
                }
                if !request.expectsAnswer { unanswered.append(request.answer) }
                frames += parts
                size += parts.reduce(0) { $0 + $1.count }
            } catch {
                wasLast = state.withLock { state in
                    state.machine.takeBack(next)
                    state.requests[next.id] = nil
                    return state.machine.load == 0
                }
                request?.answer.resume(.failure(encodingFailure(error)))
            }
        }
        return (frames, unanswered, wasLast)
    }

    private func encodingFailure(_ error: any Error) -> KafkaError {
        if let error = error as? KafkaError { return error }
        if let error = error as? KafkaProtocolError, error.code == .unsupportedVersion {
            return KafkaError(
                .unsupported, "the broker at \(address) cannot do what is asked of it", underlying: error)
        }
        return KafkaError.from(error, "write a request to the broker at \(address)")
    }

    /// Waits until a request is late or there has been none for long.
    private func watchTime() async -> KafkaError? {
        let ending = Mutex<ConnectionMachine.Ending?>(nil)
        await runActionLoop(clock, environment) { now in
            var step = LoopStep<Never>()
            let (tick, expired) = state.withLock { state in
                let tick = state.machine.tick(now: now)
                return (tick, tick.expired.compactMap { state.requests.removeValue(forKey: $0)?.answer })
            }
            for answer in expired { answer.resume(.failure(late())) }
            if let deadline = tick.deadline { step.wake(at: deadline) }
            if let found = tick.ending {
                ending.withLock { $0 = found }
                step.isFinished = true
            }
            // What a throttled broker did not want may be due now.
            outgoing.notify()
            return step
        } perform: { _ in
        }
        return ending.withLock { $0 } == .unanswered ? late() : nil
    }

    private func late() -> KafkaError {
        KafkaError(.connection, "the broker at \(address) did not answer in time", isRetriable: true)
    }

    /// `error`, in words, as one that a retry can help.
    func failure(_ error: any Error, _ what: String) -> KafkaError {
        if let error = error as? KafkaError { return error }
        if error is CancellationError { return .closed("transport") }
        return KafkaError(
            .connection, "could not \(what) the broker at \(address)", underlying: error, isRetriable: true)
    }
}

/// A request on its way.
struct PendingAnswer: Sendable {
    fileprivate let connection: BrokerConnection
    fileprivate let id: ConnectionMachine.RequestID
    fileprivate let answer: OneShot<BrokerConnection.Answer>

    /// What became of it. A cancelled wait leaves the connection to the others.
    func value() async throws -> BrokerConnection.Answer {
        do {
            return try await answer.value()
        } catch {
            if error is CancellationError { connection.abandon(id) }
            throw error
        }
    }
}

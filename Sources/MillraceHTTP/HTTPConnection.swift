import KafkaNetwork
import KafkaProtocol
import Synchronization

/// A client's connection: reads a request, answers it, reads the next.
final class HTTPConnection: Sendable {
    private let connection: Connection
    private let configuration: HTTPConfiguration
    private let responder: HTTPResponder
    /// Until when the client, or the answer, may take.
    private let deadline: Mutex<ContinuousClock.Instant>

    /// So much of what a refused client still sends is read, so that it hears why before it is cut off.
    private static let lingering = 1 << 20

    init(_ connection: Connection, _ configuration: HTTPConfiguration, _ responder: HTTPResponder) {
        self.connection = connection
        self.configuration = configuration
        self.responder = responder
        deadline = Mutex(.now + configuration.limits.patience)
    }

    func close() { connection.close() }

    /// Serves the client until it goes, errs, takes too long or is closed.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            // What goes wrong with a connection is its client's affair.
            group.addTask { try? await self.serve() }
            group.addTask { await self.waitForDeadline() }
            await group.next()
            connection.close()
            group.cancelAll()
        }
    }

    /// Each step that is done gives the next one as much time, so that deadlines only move on.
    private func extend() { deadline.withLock { $0 = .now + configuration.limits.patience } }

    private func waitForDeadline() async {
        while true {
            let end = deadline.withLock { $0 }
            guard end > .now else { return }
            do { try await Task.sleep(until: end, clock: .continuous) } catch { return }
        }
    }

    private func serve() async throws {
        if let tls = configuration.tls {
            try await connection.startTLS(server: tls, timeout: configuration.limits.patience)
        }
        var parser = HTTPRequestParser(limits: configuration.limits)
        for number in 1...max(1, configuration.limits.requestsPerConnection) {
            extend()
            let request: HTTPRequest
            do {
                guard let next = try await next(&parser) else { return }
                request = next
            } catch let fault as HTTPFault {
                try await send(configuration.refusal(fault), isHead: false, closes: true, knowsChunks: true)
                return try await linger()
            }
            extend()
            let response = await responder.answer(request)
            extend()
            let closes = !request.isPersistent || number == configuration.limits.requestsPerConnection
            try await send(
                response, isHead: request.method == "HEAD", closes: closes, knowsChunks: request.isVersion1_1)
            if closes { return try await linger() }
        }
    }

    /// The next request; nil if the client has ended the connection.
    private func next(_ parser: inout HTTPRequestParser) async throws -> HTTPRequest? {
        while true {
            switch try parser.next() {
            case .request(let request): return request
            case .mayContinue: try await connection.write([Bytes(utf8: "HTTP/1.1 100 Continue\r\n\r\n")])
            case nil:
                let isFirst = !parser.isInsideRequest
                guard let bytes = try await connection.readAvailable() else { return nil }
                // The time between requests does not count as time to send one.
                if isFirst { extend() }
                parser.receive(bytes)
            }
        }
    }

    private func send(_ response: HTTPResponse, isHead: Bool, closes: Bool, knowsChunks: Bool) async throws {
        var head = HTTPResponseHead(status: response.status, headers: response.headers, framing: .chunked, closes: closes)
        switch response.content {
        case .bytes(let bytes):
            head.framing = .counted(bytes.count)
            try await write([head.bytes])
            guard !isHead else { return }
            // In pieces, each of which has its time.
            for start in stride(from: 0, to: bytes.count, by: 64 << 10) {
                try await write([bytes[start..<min(bytes.count, start + 64 << 10)]])
            }
        case .stream(let body):
            if !knowsChunks {
                head.framing = .untilEnd
                head.closes = true
            }
            try await write([head.bytes])
            guard !isHead else { return }
            try await stream(body, inChunks: knowsChunks)
            if knowsChunks { try await write([Bytes(utf8: "0\r\n\r\n")]) } else { connection.close() }
        }
    }

    /// Sends what `body` writes, until it ends or the client goes.
    private func stream(_ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void, inChunks: Bool) async throws {
        let writer = HTTPBodyWriter { bytes in
            try await self.write(
                inChunks
                    ? [Bytes(utf8: String(bytes.count, radix: 16) + "\r\n"), bytes, Bytes(utf8: "\r\n")] : [bytes])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body(writer) }
            group.addTask {
                try await self.connection.waitForHangup()
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func write(_ parts: [Bytes]) async throws {
        try await connection.write(parts)
        extend()
    }

    /// Reads on until the client has seen the end: a connection that is closed with unread bytes takes the answer from it.
    private func linger() async throws {
        connection.finishWriting()
        var left = Self.lingering
        while left > 0, let bytes = try await connection.readAvailable() { left -= bytes.count }
    }
}

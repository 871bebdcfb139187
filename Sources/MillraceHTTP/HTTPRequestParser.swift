public import KafkaProtocol

/// Cuts what a client sends into requests (RFC 9112). Without I/O: bytes in, events out.
///
/// What lets two readers of the same bytes find different requests is refused: a length and a transfer encoding, lengths that differ,
/// lines that end without CR, folded lines, unknown encodings. After a fault nothing more is read.
public struct HTTPRequestParser: Sendable {
    /// What has been found.
    public enum Event: Sendable {
        /// The client waits to be told to go on before it sends the body (`Expect: 100-continue`).
        case mayContinue
        /// A request.
        case request(HTTPRequest)
    }

    private enum State {
        case requestLine
        case headers(HTTPRequest)
        case body(HTTPRequest, count: Int)
        case chunkSize(HTTPRequest)
        case chunk(HTTPRequest, count: Int)
        case chunkEnd(HTTPRequest)
        case trailers(HTTPRequest)
        case failed(HTTPFault)
    }

    private let limits: HTTPLimits
    private var state = State.requestLine
    /// What was received and not read yet begins at `start`; up to `searched` there is no end of a line.
    private var buffer: [UInt8] = []
    private var start = 0
    private var searched = 0
    /// The lines and bytes of the header so far, and the chunks of the body.
    private var headerCount = 0
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var hasSkippedLine = false

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    /// The longest line with the size of a chunk, extensions included.
    private static let chunkLine = 256

    /// A parser at the beginning of a connection.
    public init(limits: HTTPLimits = .init()) { self.limits = limits }

    /// Whether part of a request has arrived.
    public var isInsideRequest: Bool {
        if case .requestLine = state { return start < buffer.count }
        return true
    }

    /// Takes what has arrived. Call `next()` until it is nil before there is more.
    public mutating func receive(_ bytes: Bytes) {
        if start > 0 {
            buffer.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// The next event; nil if more must arrive first. Throws what the client has done wrong, from then on always.
    public mutating func next() throws(HTTPFault) -> Event? {
        do throws(HTTPFault) {
            return try read()
        } catch {
            state = .failed(error)
            buffer = []
            (start, searched) = (0, 0)
            throw error
        }
    }

    private mutating func read() throws(HTTPFault) -> Event? {
        while true {
            switch state {
            case .failed(let fault): throw fault
            case .requestLine:
                guard let line = try line(limit: limits.requestLine, or: HTTPFault(414, "the request line is too long")) else {
                    return nil
                }
                // Some clients end a body with a line of its own.
                if line.isEmpty, !hasSkippedLine {
                    hasSkippedLine = true
                    continue
                }
                hasSkippedLine = false
                (headerCount, headerBytes, body) = (0, 0, [])
                state = .headers(try Self.request(line))
            case .headers(var request):
                guard let line = try headerLine() else { return nil }
                if line.isEmpty {
                    if let event = try beginBody(request) { return event }
                } else {
                    request.headers.append(try HTTPField(line: line))
                    state = .headers(request)
                }
            case .body(var request, let count):
                guard buffer.count - start >= count else { return nil }
                request.body = Bytes(take(count))
                return finish(request)
            case .chunkSize(let request):
                guard let line = try line(limit: Self.chunkLine, or: .malformed("the line of a chunk is too long")) else {
                    return nil
                }
                let count = try Self.chunkSize(line)
                guard count <= limits.body - body.count else { throw HTTPFault(413, "the body is too large") }
                state = count == 0 ? .trailers(request) : .chunk(request, count: count)
            case .chunk(let request, let count):
                guard buffer.count - start >= count else { return nil }
                body += take(count)
                state = .chunkEnd(request)
            case .chunkEnd(let request):
                guard let line = try line(limit: 0, or: .malformed("a chunk that is longer than it says")) else { return nil }
                guard line.isEmpty else { throw .malformed("a chunk that is longer than it says") }
                state = .chunkSize(request)
            case .trailers(var request):
                guard let line = try headerLine() else { return nil }
                guard line.isEmpty else {
                    // Nobody asks for them.
                    _ = try HTTPField(line: line)
                    continue
                }
                request.body = Bytes(body)
                return finish(request)
            }
        }
    }

    private mutating func finish(_ request: HTTPRequest) -> Event {
        state = .requestLine
        body = []
        return .request(request)
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        defer {
            start += count
            searched = start
        }
        return buffer[start..<start + count]
    }

    /// The next line without its end, which must be CR and LF; nil if it has not arrived. Throws `fault` if it is longer than
    /// `limit`.
    private mutating func line(limit: Int, or fault: HTTPFault) throws(HTTPFault) -> ArraySlice<UInt8>? {
        guard let end = buffer[max(start, searched)...].firstIndex(of: 0x0a) else {
            searched = buffer.count
            guard buffer.count - start <= limit + 1 else { throw fault }
            return nil
        }
        guard end > start, buffer[end - 1] == 0x0d else { throw .malformed("a line that ends without CR") }
        let line = buffer[start..<end - 1]
        guard line.count <= limit else { throw fault }
        guard !line.contains(0x0d), !line.contains(0) else { throw .malformed("a control character in a line") }
        start = end + 1
        searched = start
        return line
    }

    private mutating func headerLine() throws(HTTPFault) -> ArraySlice<UInt8>? {
        let tooLarge = HTTPFault(431, "the header is too large")
        guard let line = try line(limit: limits.headerBytes - headerBytes, or: tooLarge) else { return nil }
        headerBytes += line.count
        if !line.isEmpty { headerCount += 1 }
        guard headerCount <= limits.headerCount else { throw tooLarge }
        return line
    }

    private static func request(_ line: ArraySlice<UInt8>) throws(HTTPFault) -> HTTPRequest {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isTokenCharacter) else {
            throw .malformed("no request line of the form METHOD TARGET VERSION")
        }
        let version = String(decoding: parts[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw version.hasPrefix("HTTP/")
                ? HTTPFault(505, "HTTP/1.1 is spoken here") : .malformed("no request line of the form METHOD TARGET VERSION")
        }
        let method = String(decoding: parts[0], as: UTF8.self)
        guard methods.contains(method) else { throw HTTPFault(501, "there is no such method here") }
        var request = HTTPRequest(method: method, target: try HTTPTarget(parts[1]))
        request.isVersion1_1 = version == "HTTP/1.1"
        return request
    }

    /// The header is complete: finds out what follows.
    private mutating func beginBody(_ head: HTTPRequest) throws(HTTPFault) -> Event? {
        var request = head
        let framing = try HTTPFraming(request)
        request.isPersistent = framing.isPersistent
        switch framing.body {
        case .none: return finish(request)
        case .counted(let count):
            guard count <= limits.body else { throw HTTPFault(413, "the body is too large") }
            if count == 0 { return finish(request) }
            state = .body(request, count: count)
        case .chunked: state = .chunkSize(request)
        }
        return framing.waits ? .mayContinue : nil
    }

    /// The size of a chunk, in hexadecimal digits; what comes after a semicolon is left out of account.
    private static func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPFault) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        // Seven digits cannot overflow, and are more than any limit.
        guard (1...7).contains(digits.count) else { throw .malformed("a chunk without a size") }
        var size = 0
        for digit in digits {
            guard let value = digit.hexDigit else { throw .malformed("a chunk without a size") }
            size = size << 4 | value
        }
        return size
    }
}

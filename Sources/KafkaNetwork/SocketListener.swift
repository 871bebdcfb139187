#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A TCP port that connections come in on.
public final class SocketListener: Sendable {
    /// The address that is listened on, with the port that the system chose for port 0.
    public let address: NetworkAddress

    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(2)

    private let descriptor: SocketDescriptor
    private let readiness: Readiness

    private init(_ descriptor: SocketDescriptor, _ address: NetworkAddress) {
        self.address = address
        self.descriptor = descriptor
        readiness = Readiness(descriptor)
    }

    deinit { close() }

    /// Listens on `address`. Port 0 takes any free port; the host `0.0.0.0` is all of IPv4, `::` all of IPv6 and
    /// IPv4. `backlog` is how many connections may wait to be accepted. Blocks while a host name is looked up.
    ///
    /// Throws `.addressInUse`, `.addressNotAvailable`, `.permission` or `.unresolved`.
    public static func bind(to address: NetworkAddress, backlog: Int32 = 511) throws -> SocketListener {
        var failure = NetworkError(.unresolved, "\(address) has no address")
        for candidate in try Resolver.resolveForListening(address) {
            do throws(NetworkError) {
                let number = try bind(candidate, backlog, "listening on \(address)")
                var bound = SocketAddress.local(of: number) ?? address
                bound.host = address.host.isEmpty ? bound.host : address.host
                return SocketListener(SocketDescriptor(number), bound)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func bind(
        _ address: SocketAddress, _ backlog: Int32, _ what: String
    ) throws(NetworkError) -> Int32 {
        let number = try makeSocket(family: address.family)
        setOption(number, level: SOL_SOCKET, SO_REUSEADDR)
        if address.family == AF_INET6 { setOption(number, level: Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        let bound = address.withPointer { pointer, count in systemBind(number, pointer, count) }
        guard bound == 0, listen(number, backlog) == 0 else {
            let code = errno
            _ = systemClose(number)
            throw .system(code, what)
        }
        return number
    }

    /// The next connection. Throws `.closed` after `close()`, `CancellationError` when the task is cancelled.
    ///
    /// While the system has no file descriptor or memory for a connection, it stays in the backlog and is tried again, less and
    /// less often; `tell` is called once when that begins.
    public func accept(onShortage tell: (NetworkError) -> Void = { _ in }) async throws -> Connection {
        var pause = Self.shortestPause
        while true {
            do {
                if let number = try descriptor.use(acceptSocket) { return try Connection(SocketDescriptor(number)) }
                try await readiness.wait(for: .reading)
            } catch let error as SystemCallError {
                switch error.number {
                // Nothing tells when descriptors or memory are there again.
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    if pause == Self.shortestPause {
                        tell(NetworkError.system(error.number, "accepting a connection on \(address)"))
                    }
                    try await Task.sleep(for: pause)
                    pause = min(pause * 2, Self.longestPause)
                // A connection that failed before it was accepted, which the system reports here.
                case ECONNABORTED, EINTR, EPROTO, ECONNRESET, ETIMEDOUT, ENETDOWN, ENETUNREACH, EHOSTUNREACH, EPERM:
                    try Task.checkCancellation()
                case EINVAL: throw NetworkError(.closed, "\(address) is not listened on any more")
                default: throw NetworkError.system(error.number, "accepting a connection on \(address)")
                }
            }
        }
    }

    /// Stops listening, from any thread; `accept` then throws `.closed`. Accepted connections live on.
    public func close() {
        descriptor.close()
        readiness.close()
    }
}

#if canImport(Glibc)
    private let systemBind = Glibc.bind
    private let systemClose = Glibc.close
#elseif canImport(Darwin)
    private let systemBind = Darwin.bind
    private let systemClose = Darwin.close
#endif

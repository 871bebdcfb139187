#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Connection {
    /// Connects to `address`, trying all addresses of its host in turn, within `timeout` in all.
    ///
    /// Throws `.unresolved` for an unknown host, `.timedOut`, or what the last address tried came to (`.refused`,
    /// `.unreachable`), and `CancellationError` when the task is cancelled.
    public static func connect(to address: NetworkAddress, timeout: Duration) async throws -> Connection {
        // Sums of instants trap where they overflow; a day is as good as for ever.
        let timeout = min(timeout, .seconds(86_400))
        let deadline = ContinuousClock.now + timeout
        let addresses = try await within(timeout, "looking up the address of \(address)") {
            try await Resolver.resolve(address)
        }
        return try await connect(to: address, addresses, until: deadline)
    }

    /// Tries `addresses` of `name` in turn; each gets an equal share of the time that is left.
    static func connect(
        to name: NetworkAddress, _ addresses: [SocketAddress], until deadline: ContinuousClock.Instant
    ) async throws -> Connection {
        var failure: any Error = NetworkError(.unresolved, "\(name) has no address")
        for (index, address) in addresses.enumerated() {
            let share = (deadline - .now) / (addresses.count - index)
            do {
                return try await within(share, "connecting to \(name)") { try await connect(to: name, address) }
            } catch let error as NetworkError {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(to name: NetworkAddress, _ address: SocketAddress) async throws -> Connection {
        let what = "connecting to \(name)"
        let number = try makeSocket(family: address.family)
        let descriptor = SocketDescriptor(number)
        let readiness = Readiness(descriptor)
        do {
            let code = try descriptor.use { number in
                address.withPointer { pointer, count in systemConnect(number, pointer, count) == 0 ? 0 : errno }
            }
            switch code {
            case 0: break
            // An interrupted attempt goes on like one that takes its time.
            case EINPROGRESS, EINTR:
                try await readiness.wait(for: .writing)
                let late = try descriptor.use(pendingError)
                if late != 0 { throw NetworkError.system(late, what) }
            default: throw NetworkError.system(code, what)
            }
            return try Connection(descriptor, readiness)
        } catch {
            descriptor.close()
            readiness.close()
            throw error
        }
    }
}

/// The outcome of `body`, or `.timedOut` while doing `what` after `limit`.
func within<R: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw NetworkError(.timedOut, "\(what): no answer in time")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

#if canImport(Glibc)
    private let systemConnect = Glibc.connect
#elseif canImport(Darwin)
    private let systemConnect = Darwin.connect
#endif

import Dispatch
import KafkaProtocol
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names to addresses, by the system's resolver.
enum Resolver {
    /// All addresses of `address.host`, in the system's order of preference. A name is looked up on a thread that may
    /// block; a task that is cancelled leaves it behind.
    static func resolve(_ address: NetworkAddress) async throws -> [SocketAddress] {
        if let numeric = try? lookUp(address, flags: Int32(AI_NUMERICHOST)) { return numeric }
        let answer = Answer()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.wait(continuation)
                DispatchQueue.global().async {
                    answer.give(Result { try lookUp(address, flags: 0) })
                }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// The addresses to listen on for `address`; blocks while a name is looked up.
    static func resolveForListening(_ address: NetworkAddress) throws(NetworkError) -> [SocketAddress] {
        try lookUp(address, flags: Int32(AI_PASSIVE))
    }

    private static func lookUp(_ address: NetworkAddress, flags: Int32) throws(NetworkError) -> [SocketAddress] {
        guard (0...65535).contains(address.port) else {
            throw NetworkError(.unresolved, "\(address) has no port between 0 and 65535")
        }
        guard !address.host.utf8.contains(0) else { throw NetworkError(.unresolved, "a host name with a zero byte") }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = streamSocket
        hints.ai_flags = flags | Int32(AI_NUMERICSERV)
        var list: UnsafeMutablePointer<addrinfo>?
        let host = address.host.isEmpty ? nil : address.host
        let result = getaddrinfo(host, String(address.port), &hints, &list)
        let code = errno
        guard result == 0 else {
            let reason = result == EAI_SYSTEM ? SystemError.text(code) : String(cString: gai_strerror(result))
            throw NetworkError(.unresolved, "looking up the address of \(address): \(reason)")
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let pointer = entry.ai_addr {
                addresses.append(SocketAddress(copying: pointer, count: entry.ai_addrlen))
            }
            next = entry.ai_next
        }
        guard !addresses.isEmpty else { throw NetworkError(.unresolved, "\(address) has no address") }
        return addresses
    }

    /// Where a look-up leaves its result, for a task that may have given up.
    private final class Answer: Sendable {
        private struct State {
            var waiter: CheckedContinuation<[SocketAddress], any Error>?
            var early: Result<[SocketAddress], any Error>?
        }
        private let state = Mutex(State())

        func wait(_ continuation: CheckedContinuation<[SocketAddress], any Error>) {
            let early = state.withLock { state in
                if state.early == nil { state.waiter = continuation }
                return state.early
            }
            if let early { continuation.resume(with: early) }
        }

        func give(_ result: Result<[SocketAddress], any Error>) {
            let waiter = state.withLock { state in
                if state.waiter == nil, state.early == nil { state.early = result }
                return state.waiter.take()
            }
            waiter?.resume(with: result)
        }
    }
}

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A socket's file descriptor with the count of those who use it: closed when its owner has let go and nobody is in a
/// system call on it or watches it, so that no one ever touches a number that the system has given out again.
final class SocketDescriptor: Sendable {
    private struct State {
        var users = 1
        var isClosed = false
    }

    private let number: Int32
    private let state = Mutex(State())

    /// Takes over `number`, an open non-blocking socket.
    init(_ number: Int32) { self.number = number }

    deinit { close() }

    /// Calls `body` with the descriptor, which stays open meanwhile. Throws `.closed` after `close()`.
    func use<R>(_ body: (Int32) throws -> R) throws -> R {
        try retain()
        defer { release() }
        return try body(number)
    }

    /// Keeps the descriptor open until `release()`, for a watcher; returns it. Throws `.closed` after `close()`.
    @discardableResult
    func retain() throws(NetworkError) -> Int32 {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.users += 1 }
            return state.isClosed
        }
        if isClosed { throw NetworkError(.closed, "the connection is closed") }
        return number
    }

    /// Undoes one `retain()`.
    func release() {
        let isLast = state.withLock { state in
            state.users -= 1
            return state.users == 0
        }
        if isLast { closeNumber() }
    }

    /// Ends the connection at once and closes the descriptor as soon as nobody uses it. Returns whether this call was
    /// the first.
    @discardableResult
    func close() -> Bool {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return false }
        _ = shutdown(number, Int32(SHUT_RDWR))
        release()
        return true
    }

    private func closeNumber() {
        #if canImport(Glibc)
            _ = Glibc.close(number)
        #elseif canImport(Darwin)
            _ = Darwin.close(number)
        #endif
    }
}

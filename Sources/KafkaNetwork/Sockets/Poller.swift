import CShims
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The thread that waits for all sockets of the process, by epoll or kqueue.
///
/// Dispatch sources would do the same, but each wait changes threads more often there: a round trip of 100 bytes took
/// 80 to 100 µs of CPU instead of 55 to 60, a stream of such frames 7 µs a frame instead of 3.
final class Poller: Sendable {
    private let number: Int32
    private let watched = Mutex((next: 1 as UInt64, sockets: [UInt64: Readiness]()))

    /// The process's poller, started with the first wait. It keeps no state but who waits.
    static func shared() throws(NetworkError) -> Poller { try started.get() }

    private static let started = Result { () throws(NetworkError) -> Poller in
        let number = millrace_poller_create()
        if number < 0 { throw .system(errno, "opening a poller for sockets") }
        let poller = Poller(number)
        // A serial queue of its own, which never ends, is a thread of its own.
        DispatchQueue(label: "millrace.network").async { poller.run() }
        return poller
    }

    private init(_ number: Int32) { self.number = number }

    /// Takes `socket` in until `remove`; the token is never used again.
    func add(_ socket: Readiness) -> UInt64 {
        watched.withLock { watched in
            let token = watched.next
            watched.next += 1
            watched.sockets[token] = socket
            return token
        }
    }

    /// Forgets the socket of `token`. The system does so when its descriptor is closed.
    func remove(_ token: UInt64) { watched.withLock { _ = $0.sockets.removeValue(forKey: token) } }

    /// Lets the socket of `token` be told once when `descriptor` is ready for one of `directions`.
    func arm(_ descriptor: Int32, _ token: UInt64, _ directions: Readiness.Directions) throws(NetworkError) {
        let code = millrace_poller_arm(number, descriptor, token, directions.rawValue)
        if code != 0 { throw .system(code, "waiting for a socket") }
    }

    private func run() {
        var events = [millrace_poller_event](repeating: millrace_poller_event(), count: 64)
        while true {
            let count = millrace_poller_wait(number, &events, Int32(events.count))
            if count < 0, errno != EINTR { return }
            for event in events.prefix(max(0, Int(count))) {
                let socket = watched.withLock { $0.sockets[event.token] }
                socket?.becomeReady(Readiness.Directions(rawValue: event.directions))
            }
        }
    }
}

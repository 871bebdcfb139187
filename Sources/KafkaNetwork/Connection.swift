import Synchronization

/// A TCP connection that carries Kafka's frames, over TLS after `startTLS`. One task may read and another write at the same time.
///
/// Closed by `close()`, by cancelling a writer (whose frame may be cut), or when the last reference goes. Small writes
/// leave at once (`TCP_NODELAY`).
public final class Connection: Sendable {
    /// The peer's address.
    public let remoteAddress: NetworkAddress
    /// This end's address.
    public let localAddress: NetworkAddress

    let descriptor: SocketDescriptor
    let readiness: Readiness
    let input = Mutex<FrameDecoder?>(FrameDecoder())
    let isWriting = Mutex(false)
    let tls = Mutex<TLSSession?>(nil)

    /// Takes over `descriptor`, a connected socket.
    init(_ descriptor: SocketDescriptor, _ readiness: Readiness? = nil) throws {
        self.descriptor = descriptor
        self.readiness = readiness ?? Readiness(descriptor)
        let unknown = NetworkAddress(host: "?", port: 0)
        (remoteAddress, localAddress) = try descriptor.use { number in
            prepareConnection(number)
            return (SocketAddress.remote(of: number) ?? unknown, SocketAddress.local(of: number) ?? unknown)
        }
    }

    deinit { close() }

    /// Ends the connection, from any thread and as often as one likes: whoever reads or writes gets `.closed`.
    public func close() {
        sayGoodbye()
        descriptor.close()
        readiness.close()
    }
}

extension Connection {
    /// Takes the right to write; false if another task has it.
    func beginWriting() -> Bool {
        isWriting.withLock { isWriting in
            defer { isWriting = true }
            return !isWriting
        }
    }

    /// Gives the right to write back.
    func endWriting() { isWriting.withLock { $0 = false } }
}

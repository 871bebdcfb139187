import KafkaProtocol

#if canImport(Glibc)
    import Glibc
    /// The kind of socket that TCP is.
    let streamSocket = Int32(SOCK_STREAM.rawValue)
    private let sendFlags = Int32(MSG_NOSIGNAL)
#elseif canImport(Darwin)
    import Darwin
    /// The kind of socket that TCP is.
    let streamSocket = SOCK_STREAM
    private let sendFlags: Int32 = 0
#endif

/// What a system call on a non-blocking socket came to.
enum TransferResult: Equatable {
    /// So many bytes; none when reading means that the peer has ended the connection.
    case transferred(Int)
    case wouldBlock
}

/// Reads what has arrived, at most `buffer.count` bytes.
func receive(from number: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(NetworkError) -> TransferResult {
    while true {
        let count = recv(number, buffer.baseAddress, buffer.count, 0)
        if count >= 0 { return .transferred(count) }
        let code = errno
        if code == EAGAIN || code == EWOULDBLOCK { return .wouldBlock }
        if code != EINTR { throw .system(code, "reading from the connection") }
    }
}

/// Writes what the system takes of `pieces`, in order.
func send(to number: Int32, _ pieces: UnsafeMutableBufferPointer<iovec>) throws(NetworkError) -> TransferResult {
    var message = msghdr()
    message.msg_iov = pieces.baseAddress
    message.msg_iovlen = .init(pieces.count)
    while true {
        let count = sendmsg(number, &message, sendFlags)
        if count >= 0 { return .transferred(count) }
        let code = errno
        if code == EAGAIN || code == EWOULDBLOCK || code == ENOBUFS { return .wouldBlock }
        if code != EINTR { throw .system(code, "writing to the connection") }
    }
}

/// A new non-blocking TCP socket that programs started by this one do not inherit.
func makeSocket(family: Int32) throws(NetworkError) -> Int32 {
    let number = socket(family, streamSocket, 0)
    if number < 0 { throw .system(errno, "opening a socket") }
    makeNonBlocking(number)
    return number
}

/// The next connection that waits on the listening socket `number`, non-blocking; nil if none waits. Throws the
/// `errno` as `SystemCallError`.
func acceptSocket(_ number: Int32) throws(SystemCallError) -> Int32? {
    let accepted = accept(number, nil, nil)
    if accepted < 0 {
        let code = errno
        if code == EAGAIN || code == EWOULDBLOCK { return nil }
        throw SystemCallError(number: code)
    }
    makeNonBlocking(accepted)
    return accepted
}

/// An `errno`.
struct SystemCallError: Error {
    let number: Int32
}

private func makeNonBlocking(_ number: Int32) {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
}

/// Sets an integer option to `value`; an option that the system refuses is left as it is.
func setOption(_ number: Int32, level: Int32, _ option: Int32, _ value: Int32 = 1) {
    var value = value
    _ = setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// What every connection wants: small frames leave at once, a dead peer is noticed one day, a closed one kills nobody.
func prepareConnection(_ number: Int32) {
    setOption(number, level: Int32(IPPROTO_TCP), TCP_NODELAY)
    setOption(number, level: SOL_SOCKET, SO_KEEPALIVE)
    #if canImport(Darwin)
        setOption(number, level: SOL_SOCKET, SO_NOSIGPIPE)
    #endif
}

/// The error that a finished attempt to connect left on the socket, 0 if none.
func pendingError(_ number: Int32) -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(number, SOL_SOCKET, SO_ERROR, &value, &size) == 0 ? value : errno
}

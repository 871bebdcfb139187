#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IP address with a port in the form of the system's calls.
struct SocketAddress: Sendable {
    private let storage: [UInt8]

    /// A copy of the address at `pointer`.
    init(copying pointer: UnsafePointer<sockaddr>, count: socklen_t) {
        storage = Array(UnsafeRawBufferPointer(start: pointer, count: Int(count)))
    }

    /// The address family, `AF_INET` or `AF_INET6`.
    var family: Int32 { withPointer { pointer, _ in Int32(pointer.pointee.sa_family) } }

    /// Calls `body` with the address, valid during the call.
    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var copy = sockaddr_storage()
        // Sound: sockaddr_storage is made to hold any address, and calls look at it as a sockaddr.
        return withUnsafeMutableBytes(of: &copy) { bytes in
            bytes.copyBytes(from: storage.prefix(bytes.count))
            return withExtendedLifetime(bytes) {
                body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t(storage.count))
            }
        }
    }

    /// The address in text form.
    var networkAddress: NetworkAddress {
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let result = withPointer { pointer, count in
            getnameinfo(
                pointer, count, &host, socklen_t(host.count), &service, socklen_t(service.count),
                Int32(NI_NUMERICHOST) | Int32(NI_NUMERICSERV))
        }
        guard result == 0 else { return NetworkAddress(host: "?", port: 0) }
        return NetworkAddress(host: text(host), port: Int(text(service)) ?? 0)
    }

    /// The address that `number` is bound to.
    static func local(of number: Int32) -> NetworkAddress? { address(number, getsockname) }

    /// The address at the other end of `number`.
    static func remote(of number: Int32) -> NetworkAddress? { address(number, getpeername) }

    private static func address(
        _ number: Int32, _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> NetworkAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard call(number, address, &size) == 0 else { return nil }
                return SocketAddress(copying: address, count: size).networkAddress
            }
        }
    }
}

private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Whether `host` is an IPv4 or IPv6 address, not a name.
func isIPAddress(_ host: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
}

public import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Connection {
    /// Writes all `parts`, in order and as they are: the caller puts a frame's length in front. Returns when the
    /// system has taken all of them, so a peer that does not read makes the writer wait.
    ///
    /// Throws `.closed` when the connection has ended. If the task is cancelled or fails, the connection is closed,
    /// since part of a frame may be on its way.
    public func write(_ parts: [Bytes]) async throws {
        guard beginWriting() else { throw NetworkError(.other, "two tasks write to one connection") }
        defer { endWriting() }
        do {
            if isEncrypted { try await sendEncrypted(parts) } else { try await sendAll(parts) }
        } catch {
            close()
            throw error
        }
    }

    /// Tells the peer that nothing more is written; what it still sends can be read.
    package func finishWriting() {
        sayGoodbye()
        _ = try? descriptor.use { shutdown($0, Int32(SHUT_WR)) }
    }

    /// Writes `parts` to the socket as they are. The caller has the right to write.
    func sendAll(_ parts: [Bytes]) async throws {
        var output = PendingOutput(parts)
        while !output.isEmpty {
            let result = try descriptor.use { number in try output.withPieces { try send(to: number, $0) } }
            switch result {
            case .transferred(let count): output.advance(count)
            case .wouldBlock: try await readiness.wait(for: .writing)
            }
        }
    }

    /// Writes what the system takes of `bytes` at once and forgets the rest: a last word before the connection ends.
    func sendOnce(_ bytes: Bytes) {
        guard !bytes.isEmpty else { return }
        let output = PendingOutput([bytes])
        _ = try? descriptor.use { number in try output.withPieces { try send(to: number, $0) } }
    }
}

/// Parts to write, and how far it got.
private struct PendingOutput {
    private static let most = 512
    private let parts: [Bytes]
    private var index = 0
    private var offset = 0

    init(_ parts: [Bytes]) {
        self.parts = parts
        skipEmpty()
    }

    var isEmpty: Bool { index == parts.count }

    /// Calls `body` with the next parts as the system takes them; the list is not empty.
    func withPieces<R>(_ body: (UnsafeMutableBufferPointer<iovec>) throws -> R) throws -> R {
        let count = min(parts.count - index, Self.most)
        return try withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { pieces in
            for number in 0..<count {
                let skipped = number == 0 ? offset : 0
                // Sound outside of the closure: `parts` keeps the memory, which never moves, alive during `body`; the
                // system only reads it.
                let piece = parts[index + number].withUnsafeBytes { bytes in
                    iovec(
                        iov_base: bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + skipped) },
                        iov_len: bytes.count - skipped)
                }
                pieces.initializeElement(at: number, to: piece)
            }
            defer { extendLifetime(parts) }
            return try body(pieces)
        }
    }

    mutating func advance(_ count: Int) {
        var left = count
        while index < parts.count, left >= parts[index].count - offset {
            left -= parts[index].count - offset
            index += 1
            offset = 0
        }
        offset += left
    }

    private mutating func skipEmpty() { advance(0) }
}

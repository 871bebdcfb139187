public import KafkaProtocol
import Synchronization

extension Connection {
    /// The next frame without its four bytes of length; nil when the peer has ended the connection between frames.
    ///
    /// Throws `.tooLarge` for a length that is negative or over `limit` bytes, before any memory is taken for it;
    /// `.closed` when the connection ends inside a frame or was closed here; `CancellationError` when the task is
    /// cancelled while it waits, after which reading can go on.
    public func readFrame(limit: Int) async throws -> Bytes? {
        guard var decoder = input.withLock({ $0.take() }) else {
            throw NetworkError(.other, "two tasks read from one connection")
        }
        // One task at a time owns the decoder; it is back before the next call.
        do {
            let frame = try await readFrame(limit: limit, from: &decoder)
            giveBack(decoder)
            return frame
        } catch {
            giveBack(decoder)
            throw error
        }
    }

    /// What has arrived, at least a byte; nil when the peer has ended the connection. For protocols without frames: a connection is
    /// read in one of both ways only.
    ///
    /// Throws `.closed` when the connection was closed here, `CancellationError` when the task is cancelled while it waits.
    package func readAvailable() async throws -> Bytes? {
        while true {
            let (result, bytes) = try withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
                let result = try receiveNow(into: buffer)
                guard case .transferred(let count) = result else { return (result, Bytes()) }
                return (result, Bytes(copying: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
            }
            switch result {
            case .transferred(0): return nil
            case .transferred: return bytes
            case .wouldBlock: try await readiness.wait(for: .reading)
            }
        }
    }

    /// Returns when the peer sends nothing more, although it may have sent something that was not read yet. For those who
    /// do not read for a while. On macOS it does not return before the connection is closed.
    ///
    /// Throws `.closed` when the connection is closed here, `CancellationError` when the task is cancelled.
    public func waitForHangup() async throws { try await readiness.wait(for: .hangup) }

    /// Reads what is there, decrypted if it came over TLS.
    private func receiveNow(into buffer: UnsafeMutableRawBufferPointer) throws -> TransferResult {
        if isEncrypted { return try receiveDecrypted(into: buffer) }
        return try descriptor.use { try receive(from: $0, into: buffer) }
    }

    private func giveBack(_ decoder: consuming FrameDecoder) {
        var decoder = Optional(decoder)
        input.withLock { $0 = decoder.take() }
    }

    private func readFrame(limit: Int, from decoder: inout FrameDecoder) async throws -> Bytes? {
        while true {
            if let frame = try decoder.next(limit: limit) { return frame }
            let result = try decoder.fill(receiveNow)
            switch result {
            case .transferred(0):
                guard decoder.isInsideFrame else { return nil }
                throw NetworkError(.closed, "\(remoteAddress) ended the connection inside a frame")
            case .transferred:
                continue
            case .wouldBlock:
                decoder.releaseIdleMemory()
                try await readiness.wait(for: .reading)
            }
        }
    }
}

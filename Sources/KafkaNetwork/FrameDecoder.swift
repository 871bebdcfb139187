import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts a stream of bytes into Kafka's frames: a big-endian length of four bytes, then that many bytes.
///
/// Many small frames come out of one read, each copied into memory of its own, so that a frame that is kept for long
/// keeps nothing else alive. A large frame is read straight into its own memory, which grows with what has arrived:
/// a peer that announces much and sends little costs little.
struct FrameDecoder: ~Copyable, @unchecked Sendable {
    // Sound as Sendable: it cannot be copied and nobody else has pointers to its memory.

    /// The memory that is read into, and the size above which a frame gets its own.
    static let chunkSize = 64 << 10
    private static let smallFrame = 16 << 10
    private static let firstRoom = 256 << 10

    /// Bytes that were read and not handed out yet: `start..<end` of `chunk`.
    private var chunk: UnsafeMutableRawPointer?
    private var start = 0
    private var end = 0

    /// The large frame that is arriving: `filled` of `length` bytes are there, `room` are allocated.
    private var large: UnsafeMutableRawPointer?
    private var length = 0
    private var filled = 0
    private var room = 0

    deinit {
        free(chunk)
        free(large)
    }

    /// Whether part of a frame has arrived.
    var isInsideFrame: Bool { large != nil || start < end }

    /// Takes the next frame, nil if it has not arrived in full. Throws `.tooLarge` for a length that is negative or
    /// over `limit`.
    mutating func next(limit: Int) throws(NetworkError) -> Bytes? {
        if large != nil { return takeLarge() }
        guard let chunk, end - start >= 4 else { return nil }
        let announced = Int(Int32(bigEndian: (chunk + start).loadUnaligned(as: Int32.self)))
        guard announced >= 0, announced <= limit else {
            throw NetworkError(
                .tooLarge, "a frame of \(announced) bytes, where at most \(limit) are accepted\(hint(announced))")
        }
        let arrived = end - start - 4
        if announced <= arrived {
            let frame = Bytes(copying: UnsafeRawBufferPointer(start: chunk + start + 4, count: announced))
            start += 4 + announced
            return frame
        }
        if announced > Self.smallFrame {
            length = announced
            filled = arrived
            room = min(announced, Self.firstRoom)
            large = try allocate(room)
            large?.copyMemory(from: chunk + start + 4, byteCount: arrived)
            start = end
        }
        return nil
    }

    /// Hands `read` memory for what comes next and counts what it says it has filled.
    mutating func fill(
        _ read: (UnsafeMutableRawBufferPointer) throws -> TransferResult
    ) throws -> TransferResult {
        let buffer = try large == nil ? chunkRoom() : largeRoom()
        let result = try read(buffer)
        if case .transferred(let count) = result {
            if large == nil { end += count } else { filled += count }
        }
        return result
    }

    /// Gives back the memory to read into while nothing is in it, before a wait that may be long.
    mutating func releaseIdleMemory() {
        guard start == end else { return }
        free(chunk)
        chunk = nil
        start = 0
        end = 0
    }

    private mutating func takeLarge() -> Bytes? {
        guard filled == length, let base = large else { return nil }
        large = nil
        return Bytes(adopting: base, count: length)
    }

    private mutating func chunkRoom() throws -> UnsafeMutableRawBufferPointer {
        let base = try chunk ?? allocate(Self.chunkSize)
        chunk = base
        if start > 0 {
            // At most a part of one small frame is left, since all whole ones were taken.
            memmove(base, base + start, end - start)
            end -= start
            start = 0
        }
        return UnsafeMutableRawBufferPointer(start: base + end, count: Self.chunkSize - end)
    }

    private mutating func largeRoom() throws -> UnsafeMutableRawBufferPointer {
        if filled == room, let base = large {
            room = min(length, room * 2)
            guard let moved = realloc(base, room) else { throw outOfMemory(room) }
            large = moved
        }
        return UnsafeMutableRawBufferPointer(start: large.map { $0 + filled }, count: room - filled)
    }
}

/// What a length may be instead: the first bytes of a TLS record.
private func hint(_ announced: Int) -> String {
    switch announced >> 16 {
    case 0x1603: "; it looks like TLS, which is not spoken on this port"
    case 0x1503: "; it looks like the alert of a peer that wants TLS"
    default: ""
    }
}

private func allocate(_ count: Int) throws(NetworkError) -> UnsafeMutableRawPointer {
    guard let memory = malloc(count) else { throw outOfMemory(count) }
    return memory
}

private func outOfMemory(_ count: Int) -> NetworkError {
    NetworkError(.other, "no memory for \(count) bytes of a frame")
}

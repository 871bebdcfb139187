import Dispatch
import KafkaProtocol
import Testing

@testable import KafkaNetwork

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tests that open sockets, one after the other: some count the descriptors of the whole process.
@Suite(.serialized) enum SocketTests {}

let loopback = NetworkAddress(host: "127.0.0.1", port: 0)
let limit = 100 << 20

/// A pseudo-random sequence that a seed determines (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func randomBytes(_ count: Int, seed: UInt64) -> Bytes {
    var random = SeededRandom(state: seed)
    return Bytes(capacity: count) { buffer in
        for index in stride(from: 0, to: count, by: 8) {
            withUnsafeBytes(of: random.next()) {
                UnsafeMutableRawBufferPointer(rebasing: buffer[index...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[..<min(8, count - index)]))
            }
        }
        return count
    }
}

/// All of `parts` in one piece.
func joined(_ parts: [Bytes]) -> Bytes {
    Bytes(capacity: parts.reduce(0) { $0 + $1.count }) { buffer in
        var position = 0
        for part in parts {
            part.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[position...]).copyMemory(from: $0) }
            position += part.count
        }
        return position
    }
}

/// The four bytes of length that precede a frame.
func lengthPrefix(_ length: Int32) -> Bytes { withUnsafeBytes(of: length.bigEndian) { Bytes(copying: $0) } }

/// `payload` with its length in front.
func frame(_ payload: Bytes) -> [Bytes] { [lengthPrefix(Int32(payload.count)), payload] }

/// Two ends of one connection over the loopback interface.
func connectedPair() async throws -> (client: Connection, server: Connection) {
    let listener = try SocketListener.bind(to: loopback)
    defer { listener.close() }
    async let accepted = listener.accept()
    let client = try await Connection.connect(to: listener.address, timeout: .seconds(10))
    return (client, try await accepted)
}

/// The error that `body` throws, as a `NetworkError`.
func networkError(_ body: () async throws -> Void) async -> NetworkError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? NetworkError
    }
}

func openDescriptors() -> Int {
    (0..<Int32(4096)).count { fcntl($0, F_GETFD) >= 0 }
}

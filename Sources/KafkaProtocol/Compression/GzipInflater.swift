/// Unpacks a gzip stream, of one or several members, chunk by chunk, with zlib loaded at run time.
package final class GzipInflater {
    /// zlib's `z_stream` on 64-bit platforms, in memory of its own: zlib keeps its address, so it must not move.
    private enum Field {
        static let nextInput = 0
        static let availableInput = 8
        static let nextOutput = 24
        static let availableOutput = 32
        static let message = 48
        static let size = 112
    }
    private enum Status {
        static let ok: Int32 = 0
        static let streamEnd: Int32 = 1
        static let bufferError: Int32 = -5
        static let memoryError: Int32 = -4
    }
    private typealias Initialize = @convention(c) (UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>, Int32) -> Int32
    private typealias Inflate = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
    private typealias One = @convention(c) (UnsafeMutableRawPointer) -> Int32

    private let name: String
    private let stream: UnsafeMutableRawPointer
    private let inflate: Inflate
    private let reset: One
    private let end: One
    private var input = Bytes()
    private var consumed = 0
    private var position = 0
    /// Whether a member has started and not ended.
    private var isInsideMember = false
    private var hasMember = false
    /// Whether zlib holds back output for want of room.
    private var hasMoreOutput = false

    /// An inflater at the start of the stream `name`, which messages name. Throws if zlib is not there.
    package init(name: String) throws {
        let zlib = try SystemLibrary(
            .init(
                feature: "reading .gz files", name: "zlib", linuxFiles: ["libz.so.1", "libz.so"],
                darwinFiles: ["libz.1.dylib", "libz.dylib"], debianPackage: "zlib1g", homebrewPackage: "zlib"))
        let initialize: Initialize = try zlib.function("inflateInit2_")
        inflate = try zlib.function("inflate")
        reset = try zlib.function("inflateReset")
        end = try zlib.function("inflateEnd")
        self.name = name
        stream = .allocate(byteCount: Field.size, alignment: 16)
        stream.initializeMemory(as: UInt8.self, repeating: 0, count: Field.size)
        // 15 bits of window and 16 for a gzip header.
        let status = initialize(stream, 31, "1", Int32(Field.size))
        guard status == Status.ok else {
            stream.deallocate()
            throw KafkaProtocolError.malformed("zlib does not start: status \(status)")
        }
    }

    deinit {
        _ = end(stream)
        stream.deallocate()
    }

    /// Adds packed bytes; all earlier ones must have been used up (`next` returned nil).
    package func push(_ chunk: Bytes) {
        input = chunk
        consumed = 0
    }

    /// The next unpacked bytes of what was pushed; nil if more must be pushed. Throws `KafkaProtocolError` for bytes that
    /// are not gzip.
    package func next() throws -> Bytes? {
        while consumed < input.count || hasMoreOutput {
            let unpacked = try step()
            if !unpacked.isEmpty { return unpacked }
        }
        return nil
    }

    /// Ends the stream. Throws `KafkaProtocolError` if it ends in the middle of a member.
    package func finish() throws {
        guard hasMember, !isInsideMember else { throw KafkaProtocolError.malformed("\(name) is cut off: the gzip data ends early") }
    }

    private func step() throws -> Bytes {
        isInsideMember = true
        var status: Int32 = 0
        let room = 256 << 10
        let packed = input
        let unpacked = Bytes(capacity: room) { output in
            packed.withUnsafeBytes { source in
                // zlib reads and writes between these pointers during the call only.
                let left = source.count - consumed
                stream.storeBytes(
                    of: source.baseAddress.map { $0 + consumed }, toByteOffset: Field.nextInput,
                    as: UnsafeRawPointer?.self)
                stream.storeBytes(of: UInt32(left), toByteOffset: Field.availableInput, as: UInt32.self)
                stream.storeBytes(
                    of: output.baseAddress, toByteOffset: Field.nextOutput, as: UnsafeMutableRawPointer?.self)
                stream.storeBytes(of: UInt32(output.count), toByteOffset: Field.availableOutput, as: UInt32.self)
                status = inflate(stream, 0)
                let used = left - Int(stream.load(fromByteOffset: Field.availableInput, as: UInt32.self))
                consumed += used
                position += used
                let roomLeft = Int(stream.load(fromByteOffset: Field.availableOutput, as: UInt32.self))
                hasMoreOutput = roomLeft == 0 && status == Status.ok
                return output.count - roomLeft
            }
        }
        switch status {
        case Status.ok, Status.bufferError: break
        case Status.streamEnd:
            isInsideMember = false
            hasMember = true
            _ = reset(stream)
        case Status.memoryError: throw KafkaProtocolError.malformed("cannot unpack \(name): out of memory")
        default: throw KafkaProtocolError.malformed("\(name) is not good gzip data near byte \(position)")
        }
        return unpacked
    }
}

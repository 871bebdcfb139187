import CShims

/// gzip by zlib.
struct Zlib: Sendable {
    private typealias Stream = UnsafeMutablePointer<millrace_zlib_stream>
    private typealias Name = UnsafePointer<CChar>
    private let deflateInit: @convention(c) (Stream?, Int32, Int32, Int32, Int32, Int32, Name?, Int32) -> Int32
    private let deflate: @convention(c) (Stream?, Int32) -> Int32
    private let deflateBound: @convention(c) (Stream?, UInt) -> UInt
    private let deflateEnd: @convention(c) (Stream?) -> Int32
    private let inflateInit: @convention(c) (Stream?, Int32, Name?, Int32) -> Int32
    private let inflate: @convention(c) (Stream?, Int32) -> Int32
    private let inflateReset: @convention(c) (Stream?) -> Int32
    private let inflateEnd: @convention(c) (Stream?) -> Int32

    private static let ok: Int32 = 0, streamEnd: Int32 = 1, bufferError: Int32 = -5, finish: Int32 = 4
    /// The largest window, in the gzip format.
    private static let gzipWindow: Int32 = 15 + 16
    private static let version = "1.2.0"

    /// The library, loaded with the first use.
    static func loaded() throws -> Zlib { try library.get() }

    private static let library = Result { () throws(KafkaProtocolError) -> Zlib in
        do throws(SystemLibrary.LoadingError) { return try Zlib() } catch { throw .noLibrary(error) }
    }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "gzip compression", name: "zlib", linuxFiles: ["libz.so.1", "libz.so"],
                darwinFiles: ["libz.1.dylib", "libz.dylib"], debianPackage: "zlib1g", homebrewPackage: "zlib"))
        deflateInit = try library.function("deflateInit2_")
        deflate = try library.function("deflate")
        deflateBound = try library.function("deflateBound")
        deflateEnd = try library.function("deflateEnd")
        inflateInit = try library.function("inflateInit2_")
        inflate = try library.function("inflate")
        inflateReset = try library.function("inflateReset")
        inflateEnd = try library.function("inflateEnd")
    }

    /// Appends `input` as one gzip member.
    func compress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter) throws {
        guard input.count <= Int(UInt32.max) else { throw KafkaProtocolError.malformed("more than 4 GiB to compress") }
        var stream = millrace_zlib_stream()
        let size = Int32(MemoryLayout<millrace_zlib_stream>.size)
        // Level -1 is zlib's default, 8 its only method and its default memory level, 0 its default strategy.
        guard deflateInit(&stream, -1, 8, Self.gzipWindow, 8, 0, Self.version, size) == Self.ok else {
            throw KafkaProtocolError.damaged("gzip", "zlib does not start")
        }
        defer { _ = deflateEnd(&stream) }
        stream.next_in = input.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
        stream.avail_in = UInt32(input.count)
        try writer.write(upTo: Int(deflateBound(&stream, UInt(input.count)))) { output in
            stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: output.count)
            let result = deflate(&stream, Self.finish)
            guard result == Self.streamEnd else { throw KafkaProtocolError.damaged("gzip", "zlib error \(result)") }
            return Int(stream.total_out)
        }
    }

    /// Appends what the gzip members of `input` hold.
    func decompress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter, limit: Int) throws {
        guard input.count <= Int(UInt32.max) else {
            throw KafkaProtocolError.malformed("more than 4 GiB to decompress")
        }
        var stream = millrace_zlib_stream()
        let size = Int32(MemoryLayout<millrace_zlib_stream>.size)
        guard inflateInit(&stream, Self.gzipWindow, Self.version, size) == Self.ok else {
            throw KafkaProtocolError.damaged("gzip", "zlib does not start")
        }
        defer { _ = inflateEnd(&stream) }
        stream.next_in = input.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
        stream.avail_in = UInt32(input.count)
        try writer.pump("gzip", limit: limit) { output in
            stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: output.count)
            let room = stream.avail_out
            let result = inflate(&stream, 0)
            let written = Int(room - stream.avail_out)
            switch result {
            case Self.streamEnd:
                if stream.avail_in == 0 { return (written, false) }
                guard inflateReset(&stream) == Self.ok else {
                    throw KafkaProtocolError.damaged("gzip", "zlib does not start again")
                }
                return (written, true)
            case Self.ok where written > 0 || stream.avail_in > 0: return (written, true)
            case Self.ok, Self.bufferError: throw KafkaProtocolError.cutShort("gzip")
            default: throw KafkaProtocolError.damaged("gzip", "zlib error \(result)")
            }
        }
    }
}

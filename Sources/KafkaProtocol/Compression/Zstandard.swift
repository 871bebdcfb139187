import CShims

/// Zstandard by libzstd.
struct Zstandard: Sendable {
    private typealias Raw = UnsafeRawPointer
    private typealias Mutable = UnsafeMutableRawPointer
    private let compressBound: @convention(c) (Int) -> Int
    private let compressAll: @convention(c) (Mutable?, Int, Raw?, Int, Int32) -> Int
    private let createStream: @convention(c) () -> OpaquePointer?
    private let freeStream: @convention(c) (OpaquePointer?) -> Int
    private let decompressStream:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<millrace_zstd_output>?, UnsafeMutablePointer<millrace_zstd_input>?
        ) -> Int
    private let isError: @convention(c) (Int) -> UInt32
    private let errorName: @convention(c) (Int) -> UnsafePointer<CChar>?

    /// The level that Kafka's producers use if not told otherwise.
    private static let level: Int32 = 3

    /// The library, loaded with the first use.
    static func loaded() throws -> Zstandard { try library.get() }

    private static let library = Result { () throws(KafkaProtocolError) -> Zstandard in
        do throws(SystemLibrary.LoadingError) { return try Zstandard() } catch { throw .noLibrary(error) }
    }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "zstd compression", name: "zstd", linuxFiles: ["libzstd.so.1", "libzstd.so"],
                darwinFiles: ["libzstd.1.dylib", "libzstd.dylib"], debianPackage: "libzstd1", homebrewPackage: "zstd"))
        compressBound = try library.function("ZSTD_compressBound")
        compressAll = try library.function("ZSTD_compress")
        createStream = try library.function("ZSTD_createDStream")
        freeStream = try library.function("ZSTD_freeDStream")
        decompressStream = try library.function("ZSTD_decompressStream")
        isError = try library.function("ZSTD_isError")
        errorName = try library.function("ZSTD_getErrorName")
    }

    /// Appends `input` as one frame.
    func compress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter) throws {
        try writer.write(upTo: compressBound(input.count)) { output in
            let result = compressAll(output.baseAddress, output.count, input.baseAddress, input.count, Self.level)
            guard isError(result) == 0 else { throw KafkaProtocolError.damaged("zstd", reason(result)) }
            return result
        }
    }

    /// Appends what the frames of `input` hold, which need not say their sizes.
    func decompress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter, limit: Int) throws {
        guard let stream = createStream() else { throw KafkaProtocolError.damaged("zstd", "libzstd does not start") }
        defer { _ = freeStream(stream) }
        var source = millrace_zstd_input(bytes: input.baseAddress, size: input.count, position: 0)
        try writer.pump("zstd", limit: limit) { output in
            var target = millrace_zstd_output(bytes: output.baseAddress, size: output.count, position: 0)
            let before = source.position
            let hint = decompressStream(stream, &target, &source)
            guard isError(hint) == 0 else { throw KafkaProtocolError.damaged("zstd", reason(hint)) }
            // A hint of 0 is the end of a frame; another may follow.
            if hint == 0, source.position == source.size { return (target.position, false) }
            guard source.position > before || target.position > 0 else { throw KafkaProtocolError.cutShort("zstd") }
            return (target.position, true)
        }
    }

    private func reason(_ code: Int) -> String { errorName(code).map { String(cString: $0) } ?? "error \(code)" }
}

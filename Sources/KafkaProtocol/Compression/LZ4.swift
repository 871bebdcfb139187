import CShims

/// LZ4's frame format by liblz4.
struct LZ4: Sendable {
    private typealias Raw = UnsafeRawPointer
    private typealias Mutable = UnsafeMutableRawPointer
    private typealias Size = UnsafeMutablePointer<Int>
    private typealias Preferences = UnsafePointer<millrace_lz4_preferences>
    private let compressFrameBound: @convention(c) (Int, Preferences?) -> Int
    private let compressFrame: @convention(c) (Mutable?, Int, Raw?, Int, Preferences?) -> Int
    private let createContext: @convention(c) (UnsafeMutablePointer<OpaquePointer?>?, UInt32) -> Int
    private let freeContext: @convention(c) (OpaquePointer?) -> Int
    private let decompressSome: @convention(c) (OpaquePointer?, Mutable?, Size?, Raw?, Size?, Raw?) -> Int
    private let isError: @convention(c) (Int) -> UInt32
    private let errorName: @convention(c) (Int) -> UnsafePointer<CChar>?

    /// The library, loaded with the first use.
    static func loaded() throws -> LZ4 { try library.get() }

    private static let library = Result { () throws(KafkaProtocolError) -> LZ4 in
        do throws(SystemLibrary.LoadingError) { return try LZ4() } catch { throw .noLibrary(error) }
    }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "lz4 compression", name: "lz4", linuxFiles: ["liblz4.so.1", "liblz4.so"],
                darwinFiles: ["liblz4.1.dylib", "liblz4.dylib"], debianPackage: "liblz4-1", homebrewPackage: "lz4"))
        compressFrameBound = try library.function("LZ4F_compressFrameBound")
        compressFrame = try library.function("LZ4F_compressFrame")
        createContext = try library.function("LZ4F_createDecompressionContext")
        freeContext = try library.function("LZ4F_freeDecompressionContext")
        decompressSome = try library.function("LZ4F_decompress")
        isError = try library.function("LZ4F_isError")
        errorName = try library.function("LZ4F_getErrorName")
    }

    /// Appends `input` as one frame. The blocks are independent, as Kafka's own reader demands.
    func compress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter) throws {
        var preferences = millrace_lz4_preferences()
        preferences.block_size = 4  // 64 KiB
        preferences.block_independent = 1
        try writer.write(upTo: compressFrameBound(input.count, &preferences)) { output in
            let result = compressFrame(output.baseAddress, output.count, input.baseAddress, input.count, &preferences)
            guard isError(result) == 0 else { throw KafkaProtocolError.damaged("lz4", reason(result)) }
            return result
        }
    }

    /// Appends what the frames of `input` hold.
    func decompress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter, limit: Int) throws {
        var context: OpaquePointer?
        guard isError(createContext(&context, 100)) == 0 else {
            throw KafkaProtocolError.damaged("lz4", "liblz4 does not start")
        }
        defer { _ = freeContext(context) }
        var consumed = 0
        try writer.pump("lz4", limit: limit) { output in
            var written = output.count
            var read = input.count - consumed
            let hint = decompressSome(
                context, output.baseAddress, &written, input.baseAddress.map { $0 + consumed }, &read, nil)
            guard isError(hint) == 0 else { throw KafkaProtocolError.damaged("lz4", reason(hint)) }
            consumed += read
            // A hint of 0 is the end of a frame; another may follow.
            if hint == 0, consumed == input.count { return (written, false) }
            guard read > 0 || written > 0 else { throw KafkaProtocolError.cutShort("lz4") }
            return (written, true)
        }
    }

    private func reason(_ code: Int) -> String { errorName(code).map { String(cString: $0) } ?? "error \(code)" }
}

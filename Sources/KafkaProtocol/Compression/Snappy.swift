/// Snappy by libsnappy. Kafka writes it in the framing of Java's snappy library: a magic with two version numbers,
/// then chunks with their length in front. Other clients write plain snappy, so both are read.
struct Snappy: Sendable {
    private typealias Raw = UnsafeRawPointer
    private typealias Mutable = UnsafeMutableRawPointer
    private typealias Size = UnsafeMutablePointer<Int>
    private let compressChunk: @convention(c) (Raw?, Int, Mutable?, Size?) -> Int32
    private let decompressChunk: @convention(c) (Raw?, Int, Mutable?, Size?) -> Int32
    private let maxCompressedLength: @convention(c) (Int) -> Int
    private let uncompressedLength: @convention(c) (Raw?, Int, Size?) -> Int32

    private static let magic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]
    /// The magic, the version and the lowest version of a reader.
    private static let frontSize = 16
    private static let chunkSize = 32 * 1024

    /// The library, loaded with the first use.
    static func loaded() throws -> Snappy { try library.get() }

    private static let library = Result { () throws(KafkaProtocolError) -> Snappy in
        do throws(SystemLibrary.LoadingError) { return try Snappy() } catch { throw .noLibrary(error) }
    }

    private init() throws(SystemLibrary.LoadingError) {
        let library = try SystemLibrary(
            .init(
                feature: "snappy compression", name: "snappy", linuxFiles: ["libsnappy.so.1", "libsnappy.so"],
                darwinFiles: ["libsnappy.1.dylib", "libsnappy.dylib"], debianPackage: "libsnappy1v5",
                homebrewPackage: "snappy"))
        compressChunk = try library.function("snappy_compress")
        decompressChunk = try library.function("snappy_uncompress")
        maxCompressedLength = try library.function("snappy_max_compressed_length")
        uncompressedLength = try library.function("snappy_uncompressed_length")
    }

    /// Appends `input` in chunks of 32 KiB.
    func compress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter) throws {
        Self.magic.withUnsafeBytes { writer.write(raw: $0) }
        writer.write(1 as Int32)
        writer.write(1 as Int32)
        var rest = input[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunkSize))
            rest = rest.dropFirst(Self.chunkSize)
            let lengthAt = writer.count
            writer.write(0 as Int32)
            try writer.write(upTo: maxCompressedLength(chunk.count)) { output in
                var length = output.count
                guard compressChunk(chunk.baseAddress, chunk.count, output.baseAddress, &length) == 0 else {
                    throw KafkaProtocolError.damaged("snappy", "libsnappy does not compress")
                }
                return length
            }
            writer.overwrite(Int32(writer.count - lengthAt - 4), at: lengthAt)
        }
    }

    /// Appends what `input` holds, framed or plain.
    func decompress(_ input: UnsafeRawBufferPointer, into writer: inout ByteWriter, limit: Int) throws {
        guard input.count >= Self.frontSize, input.prefix(Self.magic.count).elementsEqual(Self.magic) else {
            return try decompressPlain(input, into: &writer, limit: limit)
        }
        let front = writer.count
        var at = Self.frontSize
        while at < input.count {
            guard input.count - at >= 4 else { throw KafkaProtocolError.cutShort("snappy") }
            let length = Int(Int32(bigEndian: input.loadUnaligned(fromByteOffset: at, as: Int32.self)))
            at += 4
            guard length >= 0 else { throw KafkaProtocolError.damaged("snappy", "a chunk of \(length) bytes") }
            guard length <= input.count - at else { throw KafkaProtocolError.cutShort("snappy") }
            let chunk = UnsafeRawBufferPointer(rebasing: input[at..<at + length])
            try decompressPlain(chunk, into: &writer, limit: limit - (writer.count - front))
            at += length
        }
    }

    private func decompressPlain(_ chunk: UnsafeRawBufferPointer, into writer: inout ByteWriter, limit: Int) throws {
        var size = 0
        guard uncompressedLength(chunk.baseAddress, chunk.count, &size) == 0 else {
            throw KafkaProtocolError.damaged("snappy", "no length")
        }
        // The length is the input's claim: 64 bytes of output for 3 of input is the most that snappy reaches.
        guard size >= 0, size <= limit else { throw KafkaProtocolError.tooLarge("snappy", limit) }
        guard size <= chunk.count * 64 else { throw KafkaProtocolError.damaged("snappy", "an impossible length") }
        try writer.write(upTo: size) { output in
            var length = output.count
            let result = decompressChunk(chunk.baseAddress, chunk.count, output.baseAddress, &length)
            guard result == 0 else { throw KafkaProtocolError.damaged("snappy", "libsnappy error \(result)") }
            return length
        }
    }
}

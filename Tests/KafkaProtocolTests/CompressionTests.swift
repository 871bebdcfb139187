import KafkaProtocol
import Testing

/// Whether the library of a compression is installed here.
func isAvailable(_ compression: Compression) -> Bool { (try? compression.check()) != nil }

@Suite struct CompressionTests {
    private func roundTrip(_ compression: Compression) throws {
        var random = SeededRandom(seed: 31)
        for size in [0, 1, 10, 1000, 32 * 1024, 32 * 1024 + 1, 65536, 300_000] {
            for mask: UInt8 in [0, 3, 255] {
                let input = random.bytes(size, mask: mask)
                let compressed = try compression.compress(input)
                #expect(try compression.decompress(compressed, limit: size) == input)
                if size > 0 {
                    #expect(throws: KafkaProtocolError.self) { try compression.decompress(compressed, limit: size - 1) }
                }
            }
        }
    }

    @Test(.enabled(if: isAvailable(.gzip), "zlib is not installed (Debian: zlib1g)"))
    func `gzip round trips and stops at the limit`() throws { try roundTrip(.gzip) }

    @Test(.enabled(if: isAvailable(.snappy), "snappy is not installed (Debian: libsnappy1v5)"))
    func `snappy round trips and stops at the limit`() throws { try roundTrip(.snappy) }

    @Test(.enabled(if: isAvailable(.lz4), "lz4 is not installed (Debian: liblz4-1)"))
    func `lz4 round trips and stops at the limit`() throws { try roundTrip(.lz4) }

    @Test(.enabled(if: isAvailable(.zstd), "zstd is not installed (Debian: libzstd1)"))
    func `zstd round trips and stops at the limit`() throws { try roundTrip(.zstd) }

    @Test(arguments: [Compression.gzip, .lz4, .zstd].filter(isAvailable))
    func `frames one after the other are read as one`(compression: Compression) throws {
        let parts = ["first ", String(repeating: "second ", count: 5000), "third"].map { Bytes(utf8: $0) }
        var writer = ByteWriter()
        for part in parts { writer.write(raw: try compression.compress(part)) }
        let whole = Bytes(parts.flatMap(\.array))
        #expect(try compression.decompress(writer.copy(), limit: whole.count) == whole)
    }

    @Test(arguments: Compression.allCases.filter { $0 != .none && isAvailable($0) })
    func `compressed data that is cut off or damaged never traps`(compression: Compression) throws {
        var random = SeededRandom(seed: 8)
        let input = random.bytes(100_000, mask: 15)
        let compressed = try compression.compress(input)
        for length in stride(from: 0, to: compressed.count, by: 997) {
            if let found = try? compression.decompress(compressed[0..<length], limit: 1 << 20) {
                // Snappy cannot tell where its chunks were to end.
                #expect(compression == .snappy && found.count < input.count)
            }
        }
        for _ in 0..<300 { _ = try? compression.decompress(random.damage(compressed), limit: 1 << 20) }
    }

    @Test(.enabled(if: isAvailable(.snappy), "snappy is not installed (Debian: libsnappy1v5)"))
    func `plain snappy is read as well as framed`() throws {
        // A length of 5 and one literal of 5 bytes.
        #expect(try Compression.snappy.decompress([5, 4 << 2, 104, 101, 108, 108, 111], limit: 100).string == "hello")
        #expect(try Compression.snappy.compress(Bytes(utf8: "hello")).hex.hasPrefix("82534e41505059000000000100000001"))
    }

    @Test func `no compression hands the bytes through`() throws {
        #expect(try Compression.none.decompress([1, 2], limit: 0) == [1, 2])
        #expect(try Compression.none.compress([1, 2]) == [1, 2])
        #expect(Compression.allCases.map { Compression(name: $0.description) } == Compression.allCases)
        #expect(Compression(name: "brotli") == nil)
    }

    @Test func `a missing library names the feature, the library and the package`() throws {
        let description = SystemLibrary.Description(
            feature: "telepathy", name: "mind", linuxFiles: ["libmind.so.99"], darwinFiles: ["libmind.99.dylib"],
            debianPackage: "libmind99", homebrewPackage: "mind")
        let error = #expect(throws: SystemLibrary.LoadingError.self) { _ = try SystemLibrary(description) }
        let text = error?.description ?? ""
        for word in ["telepathy", "mind", "apt-get install libmind99", "brew install mind"] {
            #expect(text.contains(word))
        }
    }
}

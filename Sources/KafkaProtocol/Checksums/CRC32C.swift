import CShims

/// The checksum of record batches, CRC-32C (Castagnoli), by the CPU's instruction where there is one.
public enum CRC32C {
    /// The checksum of `buffer`, continued from that of the bytes before it.
    public static func checksum(_ buffer: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        millrace_crc32c(crc, buffer.baseAddress, buffer.count)
    }

    /// The checksum of `bytes`, continued from that of the bytes before it.
    public static func checksum(_ bytes: Bytes, continuing crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0, continuing: crc) }
    }

    /// The same by table, without the CPU's instruction: for tests that compare the two.
    package static func tableChecksum(_ bytes: Bytes) -> UInt32 {
        bytes.withUnsafeBytes { millrace_crc32c_table(0, $0.baseAddress, $0.count) }
    }
}

import KafkaProtocol

/// Which file it is, whatever its name.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// Up to where a file has been read: as text, `1 DEVICE INODE OFFSET`, the first being the layout's version.
struct FilePosition: Equatable, Sendable {
    var file: FileIdentity
    /// The place in the file, unpacked if it is packed.
    var offset: Int64

    init(_ file: FileIdentity, offset: Int64) {
        self.file = file
        self.offset = offset
    }

    init(_ bytes: Bytes) throws {
        let parts = bytes.string.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "1", let device = UInt64(parts[1]), let inode = UInt64(parts[2]),
            let offset = Int64(parts[3]), offset >= 0
        else { throw FileFault("\"\(bytes.string.prefix(100))\" is no position of a file") }
        self.init(FileIdentity(device: device, inode: inode), offset: offset)
    }

    var bytes: Bytes { Bytes(utf8: "1 \(file.device) \(file.inode) \(offset)") }
}

public import KafkaProtocol

extension [RecordHeader] {
    /// The headers with values of their own, fit to be kept: slices would keep the fetched batch alive.
    @inlinable
    func detached() -> [RecordHeader] {
        isEmpty ? self : map { RecordHeader(key: $0.key, value: $0.value?.detached()) }
    }
}

// Headers within the entries of stores whose records wait.

extension ByteWriter {
    @usableFromInline
    mutating func write(headers: [RecordHeader]) {
        write(UInt32(headers.count))
        for header in headers {
            write(UInt32(header.key.utf8.count))
            write(utf8: header.key)
            write(header.value.map { Int32($0.count) } ?? -1)
            header.value?.withUnsafeBytes { write(raw: $0) }
        }
    }
}

extension ByteReader {
    @usableFromInline
    mutating func readHeaders() throws -> [RecordHeader] {
        var headers: [RecordHeader] = []
        for _ in 0..<(try read(UInt32.self)) {
            let name = try readSlice(Int(try read(UInt32.self))).string
            let length = try read(Int32.self)
            headers.append(RecordHeader(key: name, value: length < 0 ? nil : try readSlice(Int(length))))
        }
        return headers
    }
}

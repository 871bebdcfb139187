public import KafkaProtocol

extension [RecordHeader] {
    /// The headers with values of their own, fit to be kept: slices would keep the fetched batch alive.
    @inlinable
    func detached() -> [RecordHeader] {
        isEmpty ? self : map { RecordHeader(key: $0.key, value: $0.value?.detached()) }
    }
}

// Headers within the entries of stores whose records wait: their number, then of each the name and the value, with lengths
// in front.

extension ByteWriter {
    @usableFromInline
    mutating func write(headers: [RecordHeader]) {
        write(Int32(clamping: headers.count))
        for header in headers {
            write(Int32(clamping: header.key.utf8.count))
            write(utf8: header.key)
            write(header.value.map { Int32(clamping: $0.count) } ?? -1)
            header.value?.withUnsafeBytes { write(raw: $0) }
        }
    }
}

extension ByteReader {
    /// Reads headers; their number may be -1, for none.
    @usableFromInline
    mutating func readHeaders() throws -> [RecordHeader] {
        let count = try read(Int32.self)
        // Each has at least its two lengths.
        guard count >= -1, Int(count) <= remaining / 8 else { throw SerdeError("\(count) headers in \(remaining) bytes") }
        var headers: [RecordHeader] = []
        for _ in 0..<max(0, count) {
            guard let name = try readNullableSlice() else { throw SerdeError("a header without a name") }
            headers.append(RecordHeader(key: name.string, value: try readNullableSlice()))
        }
        return headers
    }
}

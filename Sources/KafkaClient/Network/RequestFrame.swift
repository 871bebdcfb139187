import KafkaProtocol

/// Requests and responses as frames: what stands behind the length that the network layer reads.
enum RequestFrame {
    /// `request` with its length and header, in parts that are ready to be written: batches as they are.
    static func encode<R: KafkaRequest>(
        _ request: R, version: Int16, correlationID: Int32, clientID: String
    ) throws -> [Bytes] {
        var writer = ByteWriter.gathering()
        writer.write(0 as Int32)
        let header = RequestHeader(
            apiKey: R.apiKey, apiVersion: version, correlationId: correlationID, clientId: clientID)
        try header.encode(into: &writer, version: R.requestHeaderVersion(of: version))
        try RequestForms.form(request, of: version).encode(into: &writer, version: version)
        guard let length = Int32(exactly: writer.totalCount - 4) else {
            throw KafkaProtocolError(.malformed, "a request of \(writer.totalCount) bytes is too large")
        }
        writer.overwrite(length, at: 0)
        return writer.finishParts()
    }

    /// The correlation id of a response.
    static func correlationID(of frame: Bytes) throws -> Int32 {
        var reader = ByteReader(frame)
        return try reader.read()
    }

    /// The response to `request`, which was sent in `version`, in the newest form.
    static func decode<R: KafkaRequest>(_ frame: Bytes, answering request: R, version: Int16) throws -> R.Response {
        var reader = ByteReader(frame)
        _ = try ResponseHeader(from: &reader, version: R.responseHeaderVersion(of: version))
        let response = try R.Response(from: &reader, version: version)
        return RequestForms.newestForm(response, to: request, version: version)
    }
}

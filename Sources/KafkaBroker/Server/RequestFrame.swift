internal import KafkaProtocol

/// A request as it came in, of any API.
struct RequestFrame: Sendable {
    let header: RequestHeader
    let request: any BrokerRequest

    /// What a client sent, read without its length.
    enum Reading: Sendable {
        case request(RequestFrame)
        /// ApiVersions in a version that is not known here: the answer tells the client which are (KIP-511).
        case unknownApiVersions(correlationID: Int32)
        case handshake(RequestHeader, SaslHandshakeRequest)
        case authenticate(RequestHeader, SaslAuthenticateRequest)
    }

    private static let types = Dictionary(uniqueKeysWithValues: Broker.requests.map { ($0.apiKey, $0) })

    /// Reads a frame. Throws `KafkaProtocolError` for what is no request, or not one of those that are offered: the
    /// connection is to be closed then.
    static func read(_ frame: Bytes) throws -> Reading {
        var reader = ByteReader(frame)
        let header = try RequestHeader(from: &reader)
        let version = header.apiVersion
        switch header.apiKey {
        case .saslHandshake: return .handshake(header, try SaslHandshakeRequest(from: &reader, version: version))
        case .saslAuthenticate:
            return .authenticate(header, try SaslAuthenticateRequest(from: &reader, version: version))
        default: break
        }
        guard let type = types[header.apiKey] else {
            throw KafkaProtocolError(.unsupportedVersion, "\(header.apiKey) is not an API of this broker")
        }
        guard type.offeredVersions.contains(version) else {
            guard header.apiKey != .apiVersions else {
                return .unknownApiVersions(correlationID: header.correlationId)
            }
            throw KafkaProtocolError(.unsupportedVersion, "\(header.apiKey) in version \(version) is not offered")
        }
        do {
            return .request(RequestFrame(header: header, request: try type.init(from: &reader, version: version)))
        } catch let error as KafkaProtocolError {
            throw KafkaProtocolError(error.code, "\(header.apiKey) in version \(version): \(error.message)")
        }
    }

    /// The answer as the parts of a frame, length included; nil for a request without one.
    func answered(by broker: Broker, from source: RequestSource) async throws -> [Bytes]? {
        guard !broker.isClosed else { throw BrokerError(.closed, "the broker is closed") }
        return try await request.answered(by: broker, header: header, from: source)
    }

    /// The answer to a version of ApiVersions that is not known here: in version 0, which all clients can read.
    static func refuseApiVersions(correlationID: Int32) throws -> [Bytes] {
        var response = ApiVersionsRequest.offered
        response.errorCode = KafkaErrorCode.unsupportedVersion.rawValue
        return try response.framed(correlationID: correlationID, headerVersion: 0, version: 0)
    }
}

extension BrokerRequest {
    fileprivate func answered(
        by broker: Broker, header: RequestHeader, from source: RequestSource
    ) async throws -> [Bytes]? {
        let response = try await answer(by: broker, version: header.apiVersion, from: source)
        guard try awaits(response) else { return nil }
        return try Self.frame(response, answering: header)
    }
}

extension KafkaRequest {
    /// The answer to a request of this API as the parts of a frame, length included.
    static func frame(_ response: Response, answering header: RequestHeader) throws -> [Bytes] {
        try response.framed(
            correlationID: header.correlationId, headerVersion: responseHeaderVersion(of: header.apiVersion),
            version: header.apiVersion)
    }
}

extension KafkaResponse {
    fileprivate func framed(correlationID: Int32, headerVersion: Int16, version: Int16) throws -> [Bytes] {
        var writer = ByteWriter.gathering()
        writer.write(0 as Int32)
        try ResponseHeader(correlationId: correlationID).encode(into: &writer, version: headerVersion)
        try encode(into: &writer, version: version)
        guard let length = Int32(exactly: writer.totalCount - 4) else {
            throw KafkaProtocolError(.malformed, "an answer of \(writer.totalCount) bytes is too long")
        }
        writer.overwrite(length, at: 0)
        return writer.finishParts()
    }
}

internal import KafkaProtocol

/// A request as it came in, of any API.
struct RequestFrame: Sendable {
    let header: RequestHeader
    let request: any BrokerRequest

    /// What a client sent, read without its length.
    enum Reading: Sendable {
        case request(RequestFrame)
        /// A request that is not offered: the answer says so.
        case refused(RequestHeader, answer: [Bytes])
        case handshake(RequestHeader, SaslHandshakeRequest)
        case authenticate(RequestHeader, SaslAuthenticateRequest)
    }

    private static let types = Dictionary(uniqueKeysWithValues: Broker.requests.map { ($0.apiKey, $0) })

    /// Reads a frame. Throws `KafkaProtocolError` for what is no request: the connection is to be closed then.
    static func read(_ frame: Bytes) throws -> Reading {
        var reader = ByteReader(frame)
        let header = try RequestHeader(from: &reader)
        let version = header.apiVersion
        switch header.apiKey {
        case .saslHandshake where SaslHandshakeRequest.versions.contains(version):
            return .handshake(header, try SaslHandshakeRequest(from: &reader, version: version))
        case .saslAuthenticate where SaslAuthenticateRequest.versions.contains(version):
            return .authenticate(header, try SaslAuthenticateRequest(from: &reader, version: version))
        case .saslHandshake: return .refused(header, answer: try SaslHandshakeRequest.refuse(header))
        case .saslAuthenticate: return .refused(header, answer: try SaslAuthenticateRequest.refuse(header))
        default: break
        }
        guard let type = types[header.apiKey] else { return .refused(header, answer: refuseUnknownAPI(header)) }
        guard type.offeredVersions.contains(version) else {
            let answer = header.apiKey == .apiVersions ? try refuseApiVersions(header) : try type.refuse(header)
            return .refused(header, answer: answer)
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

    /// The answer to a version of ApiVersions that is not known here tells the client which are (KIP-511): in version 0,
    /// which all clients can read.
    private static func refuseApiVersions(_ header: RequestHeader) throws -> [Bytes] {
        var response = ApiVersionsRequest.offered
        response.errorCode = KafkaErrorCode.unsupportedVersion.rawValue
        return try response.framed(correlationID: header.correlationId, headerVersion: 0, version: 0)
    }

    /// What answers of an API that is not known here look like is not known either: the error code alone, in the place
    /// where most have it that have no time of throttling.
    private static func refuseUnknownAPI(_ header: RequestHeader) -> [Bytes] {
        var writer = ByteWriter(capacity: 16)
        writer.write(6 as Int32)
        writer.write(header.correlationId)
        writer.write(KafkaErrorCode.unsupportedVersion.rawValue)
        return [writer.finish()]
    }
}

/// A request that can be refused without being read.
protocol RefusableRequest: KafkaRequest {
    /// The answer that says nothing but `error`, for a request that cannot be read.
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> Response
}

extension SaslHandshakeRequest: RefusableRequest {}
extension SaslAuthenticateRequest: RefusableRequest {}

extension RefusableRequest {
    /// The answer to a request of a version that is not offered, in the form of that version if it is known here, or of the
    /// nearest one.
    fileprivate static func refuse(_ header: RequestHeader) throws -> [Bytes] {
        let version = min(max(header.apiVersion, versions.lowerBound), versions.upperBound)
        return try refusal(.unsupportedVersion, version: version).framed(
            correlationID: header.correlationId, headerVersion: responseHeaderVersion(of: version), version: version)
    }
}

extension BrokerRequest {
    fileprivate func answered(
        by broker: Broker, header: RequestHeader, from source: RequestSource
    ) async throws -> [Bytes]? {
        let response = try await answerCounted(by: broker, version: header.apiVersion, from: source)
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

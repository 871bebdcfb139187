import KafkaProtocol

extension KafkaClient {
    /// The level of a feature that the cluster has settled on (KIP-584); 0 if it has none, or does not tell.
    func level(of feature: String) async throws -> Int16 {
        let request = ApiVersionsRequest(clientSoftwareName: "millrace", clientSoftwareVersion: MillraceVersion.current)
        do {
            let response = try await retrying("ask for the cluster's features") { _ in
                let response = try await send(request, to: nil)
                let error = KafkaErrorCode(rawValue: response.errorCode)
                guard error == .none else { throw KafkaError.broker(error, "ask for the cluster's features") }
                return response
            }
            return response.finalizedFeatures.first { $0.name == feature }?.maxVersionLevel ?? 0
        } catch let error as KafkaError where error.code == .unsupported || error.errorCode == .unsupportedVersion {
            return 0
        }
    }
}

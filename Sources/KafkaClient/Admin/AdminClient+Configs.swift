import KafkaProtocol

extension AdminClient {
    /// The configs of topics and brokers; of `names`, or all if nil. Errors that may pass are tried again for as long as `timeout`, or
    /// as the retry policy says.
    public func describeConfigs(
        _ resources: [ConfigResource], names: [String]? = nil, timeout: Duration? = nil
    ) async throws -> [ConfigResource: [ConfigEntry]] {
        var result: [ConfigResource: [ConfigEntry]] = [:]
        for resource in resources {
            let what = "describe the configs of \(resource.name)"
            let request = DescribeConfigsRequest(resources: [
                DescribeConfigsRequest.DescribeConfigsResource(
                    resourceType: resource.type, resourceName: resource.name, configurationKeys: names)
            ])
            let response = try await client.retrying(what, timeout: timeout) { _ in
                let response = try await client.send(request, to: node(of: resource))
                for result in response.results where result.errorCode != 0 {
                    throw error(result.errorCode, what, result.errorMessage)
                }
                return response
            }
            result[resource] = response.results.flatMap(\.configs).map {
                // Source 5 is the default that is built in.
                ConfigEntry(
                    name: $0.name, value: $0.value, isDefault: $0.isDefault || $0.configSource == 5,
                    isReadOnly: $0.readOnly)
            }
        }
        return result
    }

    /// Sets configs, or with nil puts them back to their defaults. Others stay as they are.
    public func alterConfigs(_ resource: ConfigResource, _ changes: [String: String?]) async throws {
        let what = "change the configs of \(resource.name)"
        let request = IncrementalAlterConfigsRequest(resources: [
            IncrementalAlterConfigsRequest.AlterConfigsResource(
                resourceType: resource.type, resourceName: resource.name,
                configs: changes.sorted { $0.key < $1.key }.map {
                    IncrementalAlterConfigsRequest.AlterableConfig(
                        name: $0.key, configOperation: $0.value == nil ? 1 : 0, value: $0.value)
                })
        ])
        _ = try await client.retrying(what) { _ in
            let response = try await client.send(request, to: node(of: resource))
            for result in response.responses where result.errorCode != 0 {
                throw error(result.errorCode, what, result.errorMessage)
            }
            return response
        }
    }

    private func node(of resource: ConfigResource) -> Int32? {
        if case .broker(let id) = resource { id } else { nil }
    }

    private func error(_ code: Int16, _ what: String, _ message: String?) -> KafkaError {
        let code = KafkaErrorCode(rawValue: code)
        var error = KafkaError.broker(code, what, message: message)
        if code == .unknownTopicOrPartition { error.isRetriable = false }
        return error
    }
}

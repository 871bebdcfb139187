internal import KafkaProtocol

extension ApiVersionsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ApiVersionsResponse {
        version >= 4 ? Self.offeredWithFeatures : Self.offered
    }

    /// What the broker offers, with its features: they are tagged fields, which librdkafka before 2.2 cannot skip, but it
    /// does not ask in version 4. Clients that know features do.
    static let offeredWithFeatures: ApiVersionsResponse = {
        var offered = Self.offered
        for (name, version) in [("group.version", 1), ("transaction.version", 2)] as [(String, Int16)] {
            offered.supportedFeatures.append(.init(name: name, minVersion: 0, maxVersion: version))
            offered.finalizedFeatures.append(.init(name: name, maxVersionLevel: version, minVersionLevel: version))
        }
        offered.finalizedFeaturesEpoch = 0
        return offered
    }()

    /// What the broker offers, without any tagged field.
    static let offered: ApiVersionsResponse = {
        var offered = Broker.requests.map { ($0.apiKey, $0.offeredVersions) }
        // Connections answer these themselves.
        offered.append((.saslHandshake, SaslHandshakeRequest.stableVersions))
        offered.append((.saslAuthenticate, SaslAuthenticateRequest.stableVersions))
        return ApiVersionsResponse(
            apiKeys: offered.sorted { $0.0 < $1.0 }.map { api, versions in
                .init(apiKey: api.rawValue, minVersion: versions.lowerBound, maxVersion: versions.upperBound)
            })
    }()
}

extension FindCoordinatorRequest: BrokerRequest {
    /// This broker coordinates everything.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> FindCoordinatorResponse {
        let endpoint = broker.endpoint(for: source)
        let node = broker.identity.nodeID
        let isKnownType = keyType == 0 || keyType == 1
        let error = isKnownType ? KafkaErrorCode.none : .invalidRequest
        guard version >= 4, !coordinatorKeys.isEmpty || key.isEmpty else {
            guard isKnownType else { return FindCoordinatorResponse(errorCode: error.rawValue, nodeId: -1, port: -1) }
            return FindCoordinatorResponse(nodeId: node, host: endpoint.host, port: endpoint.port)
        }
        return FindCoordinatorResponse(
            coordinators: coordinatorKeys.map { key in
                guard isKnownType else { return .init(key: key, nodeId: -1, port: -1, errorCode: error.rawValue) }
                return .init(key: key, nodeId: node, host: endpoint.host, port: endpoint.port)
            })
    }
}

extension DescribeClusterRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeClusterResponse {
        guard endpointType == 1 else {
            return DescribeClusterResponse(
                errorCode: KafkaErrorCode.mismatchedEndpointType.rawValue, errorMessage: "This is a broker.",
                endpointType: endpointType)
        }
        let endpoint = broker.endpoint(for: source)
        var response = DescribeClusterResponse(
            clusterId: broker.clusterID, controllerId: broker.identity.nodeID,
            brokers: [.init(brokerId: broker.identity.nodeID, host: endpoint.host, port: endpoint.port)])
        if includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = source.access.operations(on: .cluster, ACLBinding.clusterName)
        }
        return response
    }
}

extension DescribeLogDirsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeLogDirsResponse {
        var found: [(name: Name, partitions: [PartitionLog])] = []
        if let topics {
            for wanted in topics {
                guard let topic = broker.topics.topic(Name(wanted.topic)) else { continue }
                found.append(
                    (topic.name, wanted.partitions.isEmpty ? topic.logs : wanted.partitions.compactMap(topic.log)))
            }
        } else {
            found = broker.topics.all.map { ($0.name, $0.logs) }
        }
        let space = broker.directory.space
        return DescribeLogDirsResponse(results: [
            .init(
                logDir: broker.directory.absolutePath,
                topics: found.map { name, logs in
                    .init(
                        name: name.string,
                        partitions: logs.map {
                            .init(partitionIndex: $0.topicPartition.partition, partitionSize: $0.sizeInBytes)
                        })
                },
                totalBytes: space.total, usableBytes: space.usable)
        ])
    }
}

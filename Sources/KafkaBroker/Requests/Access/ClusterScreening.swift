internal import KafkaProtocol

extension ApiVersionsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> { .passed(self) }
}

extension DescribeClusterRequest {
    /// Who is connected knows that there is a broker.
    func screened(by access: Access, version: Int16) -> Screening<Self> { .passed(self) }
}

extension DescribeLogDirsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .describe, version: version)
    }
}

extension AlterReplicaLogDirsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alter) else { return .passed(self) }
        return .refused(
            AlterReplicaLogDirsResponse(
                results: dirs.flatMap(\.topics).map { topic in
                    .init(
                        topicName: topic.name,
                        partitions: topic.partitions.map {
                            .init(partitionIndex: $0, errorCode: KafkaErrorCode.clusterAuthorizationFailed.rawValue)
                        })
                }))
    }
}

extension WriteTxnMarkersRequest {
    /// Administrators may, and brokers.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alter), !access.allows(.clusterAction) else { return .passed(self) }
        return .refused(
            WriteTxnMarkersResponse(
                markers: markers.map { $0.result { _ in .clusterAuthorizationFailed } }))
    }
}

extension ElectLeadersRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .alter, version: version)
    }
}

extension AlterPartitionReassignmentsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .alter, version: version)
    }
}

extension ListPartitionReassignmentsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .describe, version: version)
    }
}

extension DescribeClientQuotasRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .describeConfigs, version: version)
    }
}

extension AlterClientQuotasRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alterConfigs) else { return .passed(self) }
        return .refused(
            AlterClientQuotasResponse(
                entries: entries.map { entry in
                    .init(
                        errorCode: KafkaErrorCode.clusterAuthorizationFailed.rawValue,
                        entity: entry.entity.map { .init(entityType: $0.entityType, entityName: $0.entityName) })
                }))
    }
}

extension DescribeUserScramCredentialsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .describe, version: version)
    }
}

extension AlterUserScramCredentialsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alter) else { return .passed(self) }
        let users = (deletions.map(\.name) + upsertions.map(\.name)).distinctNames()
        return .refused(
            AlterUserScramCredentialsResponse(
                results: users.map {
                    .init(user: $0.string, errorCode: KafkaErrorCode.clusterAuthorizationFailed.rawValue)
                }))
    }
}

extension DescribeAclsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        passed(if: access, allows: .describe, version: version)
    }
}

extension CreateAclsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alter) else { return .passed(self) }
        return .refused(
            CreateAclsResponse(
                results: creations.map { _ in .init(errorCode: KafkaErrorCode.clusterAuthorizationFailed.rawValue) }))
    }
}

extension DeleteAclsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.alter) else { return .passed(self) }
        return .refused(
            DeleteAclsResponse(
                filterResults: filters.map { _ in
                    .init(errorCode: KafkaErrorCode.clusterAuthorizationFailed.rawValue)
                }))
    }
}

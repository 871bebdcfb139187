/// The messages known here by API, for whoever handles frames of any API.
public enum KafkaMessages {
    /// The request types of all APIs, in the order of their numbers.
    public static let requestTypes: [any KafkaRequest.Type] = [
        ProduceRequest.self,
        FetchRequest.self,
        ListOffsetsRequest.self,
        MetadataRequest.self,
        OffsetCommitRequest.self,
        OffsetFetchRequest.self,
        FindCoordinatorRequest.self,
        JoinGroupRequest.self,
        HeartbeatRequest.self,
        LeaveGroupRequest.self,
        SyncGroupRequest.self,
        DescribeGroupsRequest.self,
        ListGroupsRequest.self,
        SaslHandshakeRequest.self,
        ApiVersionsRequest.self,
        CreateTopicsRequest.self,
        DeleteTopicsRequest.self,
        DeleteRecordsRequest.self,
        InitProducerIdRequest.self,
        OffsetForLeaderEpochRequest.self,
        AddPartitionsToTxnRequest.self,
        AddOffsetsToTxnRequest.self,
        EndTxnRequest.self,
        WriteTxnMarkersRequest.self,
        TxnOffsetCommitRequest.self,
        DescribeAclsRequest.self,
        CreateAclsRequest.self,
        DeleteAclsRequest.self,
        DescribeConfigsRequest.self,
        AlterConfigsRequest.self,
        AlterReplicaLogDirsRequest.self,
        DescribeLogDirsRequest.self,
        SaslAuthenticateRequest.self,
        CreatePartitionsRequest.self,
        DeleteGroupsRequest.self,
        ElectLeadersRequest.self,
        IncrementalAlterConfigsRequest.self,
        AlterPartitionReassignmentsRequest.self,
        ListPartitionReassignmentsRequest.self,
        OffsetDeleteRequest.self,
        DescribeClientQuotasRequest.self,
        AlterClientQuotasRequest.self,
        DescribeUserScramCredentialsRequest.self,
        AlterUserScramCredentialsRequest.self,
        DescribeClusterRequest.self,
        DescribeProducersRequest.self,
        DescribeTransactionsRequest.self,
        ListTransactionsRequest.self,
        ConsumerGroupHeartbeatRequest.self,
        ConsumerGroupDescribeRequest.self,
        DescribeTopicPartitionsRequest.self,
    ]

    private static let byKey = Dictionary(
        uniqueKeysWithValues: requestTypes.map { type in (type.apiKey, type) })

    /// The request type of `api`, nil if it is not known here.
    public static func requestType(of api: APIKey) -> (any KafkaRequest.Type)? { byKey[api] }

    /// Reads the body of a request. Throws `KafkaProtocolError` with `.unsupportedVersion` for an API or a version
    /// that is not known here, and if the bytes are no such request.
    public static func decodeRequest(
        _ api: APIKey, version: Int16, from reader: inout ByteReader
    ) throws -> any KafkaRequest {
        try requireType(of: api).init(from: &reader, version: version)
    }

    /// Reads the body of a response; throws as `decodeRequest` does.
    public static func decodeResponse(
        _ api: APIKey, version: Int16, from reader: inout ByteReader
    ) throws -> any KafkaResponse {
        let request = try requireType(of: api)
        return try response(to: request, version: version, from: &reader)
    }

    private static func requireType(of api: APIKey) throws -> any KafkaRequest.Type {
        guard let type = byKey[api] else {
            throw KafkaProtocolError(.unsupportedVersion, "API \(api.rawValue) is not known")
        }
        return type
    }

    private static func response<R: KafkaRequest>(
        to request: R.Type, version: Int16, from reader: inout ByteReader
    ) throws -> any KafkaResponse {
        try R.Response(from: &reader, version: version)
    }
}

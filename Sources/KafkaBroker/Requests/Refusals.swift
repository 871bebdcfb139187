internal import KafkaProtocol

// The answer of each API that says nothing but an error, for requests that cannot be read: in the response's own field, or
// where it has none in one result without a name.

extension ProduceRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ProduceResponse {
        let partition = Response.PartitionProduceResponse(index: -1, errorCode: error.rawValue, baseOffset: -1)
        return Response(responses: [.init(partitionResponses: [partition])])
    }
}

extension FetchRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> FetchResponse {
        guard version < 7 else { return Response(errorCode: error.rawValue) }
        let partition = Response.PartitionData(partitionIndex: -1, errorCode: error.rawValue, highWatermark: -1)
        return Response(responses: [.init(partitions: [partition])])
    }
}

extension ListOffsetsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ListOffsetsResponse {
        Response(topics: [.init(partitions: [.init(partitionIndex: -1, errorCode: error.rawValue)])])
    }
}

extension MetadataRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> MetadataResponse {
        Response(controllerId: -1, topics: [.init(errorCode: error.rawValue, name: "")])
    }
}

extension OffsetCommitRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> OffsetCommitResponse {
        Response(topics: [.init(partitions: [.init(partitionIndex: -1, errorCode: error.rawValue)])])
    }
}

extension OffsetFetchRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> OffsetFetchResponse {
        switch version {
        case 8...: Response(groups: [.init(errorCode: error.rawValue)])
        case 2...: Response(errorCode: error.rawValue)
        default:
            Response(topics: [.init(partitions: [.init(partitionIndex: -1, committedOffset: -1, errorCode: error.rawValue)])])
        }
    }
}

extension FindCoordinatorRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> FindCoordinatorResponse {
        version >= 4
            ? Response(coordinators: [.init(nodeId: -1, port: -1, errorCode: error.rawValue)])
            : Response(errorCode: error.rawValue, nodeId: -1, port: -1)
    }
}

extension JoinGroupRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> JoinGroupResponse {
        Response(errorCode: error.rawValue, protocolName: "")
    }
}

extension HeartbeatRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> HeartbeatResponse { .init(errorCode: error.rawValue) }
}

extension LeaveGroupRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> LeaveGroupResponse { .init(errorCode: error.rawValue) }
}

extension SyncGroupRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> SyncGroupResponse { .init(errorCode: error.rawValue) }
}

extension DescribeGroupsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeGroupsResponse {
        Response(groups: [.init(errorCode: error.rawValue)])
    }
}

extension ListGroupsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ListGroupsResponse { .init(errorCode: error.rawValue) }
}

extension ApiVersionsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ApiVersionsResponse { .init(errorCode: error.rawValue) }
}

extension CreateTopicsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> CreateTopicsResponse {
        Response(topics: [.init(errorCode: error.rawValue)])
    }
}

extension DeleteTopicsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DeleteTopicsResponse {
        Response(responses: [.init(name: "", errorCode: error.rawValue)])
    }
}

extension DeleteRecordsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DeleteRecordsResponse {
        Response(topics: [.init(partitions: [.init(partitionIndex: -1, lowWatermark: -1, errorCode: error.rawValue)])])
    }
}

extension InitProducerIdRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> InitProducerIdResponse {
        Response(errorCode: error.rawValue, producerId: -1, producerEpoch: -1)
    }
}

extension OffsetForLeaderEpochRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> OffsetForLeaderEpochResponse {
        Response(topics: [.init(partitions: [.init(errorCode: error.rawValue, partition: -1)])])
    }
}

extension AddPartitionsToTxnRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AddPartitionsToTxnResponse {
        guard version < 4 else { return Response(errorCode: error.rawValue) }
        let partition = Response.AddPartitionsToTxnPartitionResult(partitionIndex: -1, partitionErrorCode: error.rawValue)
        return Response(resultsByTopicV3AndBelow: [.init(resultsByPartition: [partition])])
    }
}

extension AddOffsetsToTxnRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AddOffsetsToTxnResponse {
        Response(errorCode: error.rawValue)
    }
}

extension EndTxnRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> EndTxnResponse { .init(errorCode: error.rawValue) }
}

extension WriteTxnMarkersRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> WriteTxnMarkersResponse {
        let partition = Response.WritableTxnMarkerPartitionResult(partitionIndex: -1, errorCode: error.rawValue)
        return Response(markers: [.init(producerId: -1, topics: [.init(partitions: [partition])])])
    }
}

extension TxnOffsetCommitRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> TxnOffsetCommitResponse {
        Response(topics: [.init(partitions: [.init(partitionIndex: -1, errorCode: error.rawValue)])])
    }
}

extension DescribeAclsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeAclsResponse {
        Response(errorCode: error.rawValue)
    }
}

extension CreateAclsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> CreateAclsResponse {
        Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension DeleteAclsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DeleteAclsResponse {
        Response(filterResults: [.init(errorCode: error.rawValue)])
    }
}

extension DescribeConfigsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeConfigsResponse {
        Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension AlterConfigsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AlterConfigsResponse {
        Response(responses: [.init(errorCode: error.rawValue)])
    }
}

extension IncrementalAlterConfigsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> IncrementalAlterConfigsResponse {
        Response(responses: [.init(errorCode: error.rawValue)])
    }
}

extension AlterReplicaLogDirsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AlterReplicaLogDirsResponse {
        Response(results: [.init(partitions: [.init(partitionIndex: -1, errorCode: error.rawValue)])])
    }
}

extension DescribeLogDirsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeLogDirsResponse {
        version >= 3 ? Response(errorCode: error.rawValue) : Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension CreatePartitionsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> CreatePartitionsResponse {
        Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension DeleteGroupsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DeleteGroupsResponse {
        Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension ElectLeadersRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ElectLeadersResponse {
        guard version < 1 else { return Response(errorCode: error.rawValue) }
        let partition = Response.PartitionResult(partitionId: -1, errorCode: error.rawValue)
        return Response(replicaElectionResults: [.init(partitionResult: [partition])])
    }
}

extension AlterPartitionReassignmentsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AlterPartitionReassignmentsResponse {
        Response(errorCode: error.rawValue)
    }
}

extension ListPartitionReassignmentsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ListPartitionReassignmentsResponse {
        Response(errorCode: error.rawValue)
    }
}

extension OffsetDeleteRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> OffsetDeleteResponse { .init(errorCode: error.rawValue) }
}

extension DescribeClientQuotasRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeClientQuotasResponse {
        Response(errorCode: error.rawValue)
    }
}

extension AlterClientQuotasRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AlterClientQuotasResponse {
        Response(entries: [.init(errorCode: error.rawValue)])
    }
}

extension DescribeUserScramCredentialsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeUserScramCredentialsResponse {
        Response(errorCode: error.rawValue)
    }
}

extension AlterUserScramCredentialsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> AlterUserScramCredentialsResponse {
        Response(results: [.init(errorCode: error.rawValue)])
    }
}

extension DescribeClusterRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeClusterResponse {
        Response(errorCode: error.rawValue, controllerId: -1)
    }
}

extension DescribeProducersRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeProducersResponse {
        Response(topics: [.init(partitions: [.init(partitionIndex: -1, errorCode: error.rawValue)])])
    }
}

extension DescribeTransactionsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeTransactionsResponse {
        Response(transactionStates: [.init(errorCode: error.rawValue)])
    }
}

extension ListTransactionsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ListTransactionsResponse {
        Response(errorCode: error.rawValue)
    }
}

extension DescribeTopicPartitionsRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> DescribeTopicPartitionsResponse {
        Response(topics: [.init(errorCode: error.rawValue, name: "")])
    }
}

extension SaslHandshakeRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> SaslHandshakeResponse { .init(errorCode: error.rawValue) }
}

extension SaslAuthenticateRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> SaslAuthenticateResponse {
        Response(errorCode: error.rawValue)
    }
}

extension ConsumerGroupHeartbeatRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ConsumerGroupHeartbeatResponse {
        Response(errorCode: error.rawValue)
    }
}

extension ConsumerGroupDescribeRequest {
    static func refusal(_ error: KafkaErrorCode, version: Int16) -> ConsumerGroupDescribeResponse {
        Response(groups: [.init(errorCode: error.rawValue)])
    }
}

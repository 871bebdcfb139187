internal import KafkaProtocol

/// A request this broker answers. Each API has its file in `Requests/`.
protocol BrokerRequest: RefusableRequest {
    /// The versions the broker offers.
    static var offeredVersions: ClosedRange<Int16> { get }

    /// The answer in `version`. What the client did wrong is in the answer; what is thrown ends the connection.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async throws -> Response

    /// What its sender may ask for of it.
    func screened(by access: Access, version: Int16) -> Screening<Self>

    /// Whether the client waits for the answer. Throws if there is none by which it could learn what went wrong, so that
    /// its connection must be closed instead.
    func awaits(_ response: Response) throws -> Bool
}

extension BrokerRequest {
    static var offeredVersions: ClosedRange<Int16> { stableVersions }
    func awaits(_ response: Response) -> Bool { true }
}

extension Broker {
    /// All APIs this broker answers.
    static let requests: [any BrokerRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self, JoinGroupRequest.self,
        HeartbeatRequest.self, LeaveGroupRequest.self, SyncGroupRequest.self, DescribeGroupsRequest.self,
        ListGroupsRequest.self, ApiVersionsRequest.self, CreateTopicsRequest.self, DeleteTopicsRequest.self,
        DeleteRecordsRequest.self, InitProducerIdRequest.self, OffsetForLeaderEpochRequest.self,
        AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self, EndTxnRequest.self, TxnOffsetCommitRequest.self,
        DescribeConfigsRequest.self, AlterConfigsRequest.self, DescribeLogDirsRequest.self,
        CreatePartitionsRequest.self, DeleteGroupsRequest.self, IncrementalAlterConfigsRequest.self,
        OffsetDeleteRequest.self, DescribeAclsRequest.self, CreateAclsRequest.self, DeleteAclsRequest.self,
        AlterReplicaLogDirsRequest.self, ElectLeadersRequest.self, AlterPartitionReassignmentsRequest.self,
        ListPartitionReassignmentsRequest.self, DescribeClientQuotasRequest.self, AlterClientQuotasRequest.self,
        DescribeUserScramCredentialsRequest.self, AlterUserScramCredentialsRequest.self, DescribeClusterRequest.self,
        DescribeProducersRequest.self, DescribeTransactionsRequest.self, ListTransactionsRequest.self,
        WriteTxnMarkersRequest.self, ConsumerGroupHeartbeatRequest.self, ConsumerGroupDescribeRequest.self,
        DescribeTopicPartitionsRequest.self,
    ]

    /// Answers a request of any API. Throws `BrokerError` with `.closed` after `close`, `KafkaProtocolError` with
    /// `.unsupportedVersion` for an API that is not answered here, `CancellationError` if the task is cancelled.
    func answer<R: KafkaRequest>(_ request: R, version: Int16, from source: RequestSource) async throws -> R.Response {
        guard !isClosed else { throw BrokerError(.closed, "the broker on \(directory.path) is closed") }
        guard let known = request as? any BrokerRequest else {
            throw KafkaProtocolError(.unsupportedVersion, "this broker does not answer \(R.self)")
        }
        let response = try await known.answerCounted(by: self, version: version, from: source)
        guard let response = response as? R.Response else {
            throw KafkaProtocolError(.malformed, "\(R.self) was answered with another API's response")
        }
        return response
    }
}

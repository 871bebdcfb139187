// Kafka's error codes by number, each with its name in Kafka's documentation.

extension KafkaErrorCode {
    /// -1, `UNKNOWN_SERVER_ERROR`.
    public static let unknownServerError = KafkaErrorCode(rawValue: -1)
    /// 0, `NONE`.
    public static let none = KafkaErrorCode(rawValue: 0)
    /// 1, `OFFSET_OUT_OF_RANGE`.
    public static let offsetOutOfRange = KafkaErrorCode(rawValue: 1)
    /// 2, `CORRUPT_MESSAGE`. A retry can help.
    public static let corruptMessage = KafkaErrorCode(rawValue: 2)
    /// 3, `UNKNOWN_TOPIC_OR_PARTITION`. A retry can help.
    public static let unknownTopicOrPartition = KafkaErrorCode(rawValue: 3)
    /// 4, `INVALID_FETCH_SIZE`.
    public static let invalidFetchSize = KafkaErrorCode(rawValue: 4)
    /// 5, `LEADER_NOT_AVAILABLE`. A retry can help.
    public static let leaderNotAvailable = KafkaErrorCode(rawValue: 5)
    /// 6, `NOT_LEADER_OR_FOLLOWER`. A retry can help.
    public static let notLeaderOrFollower = KafkaErrorCode(rawValue: 6)
    /// 7, `REQUEST_TIMED_OUT`. A retry can help.
    public static let requestTimedOut = KafkaErrorCode(rawValue: 7)
    /// 8, `BROKER_NOT_AVAILABLE`.
    public static let brokerNotAvailable = KafkaErrorCode(rawValue: 8)
    /// 9, `REPLICA_NOT_AVAILABLE`. A retry can help.
    public static let replicaNotAvailable = KafkaErrorCode(rawValue: 9)
    /// 10, `MESSAGE_TOO_LARGE`.
    public static let messageTooLarge = KafkaErrorCode(rawValue: 10)
    /// 11, `STALE_CONTROLLER_EPOCH`.
    public static let staleControllerEpoch = KafkaErrorCode(rawValue: 11)
    /// 12, `OFFSET_METADATA_TOO_LARGE`.
    public static let offsetMetadataTooLarge = KafkaErrorCode(rawValue: 12)
    /// 13, `NETWORK_EXCEPTION`. A retry can help.
    public static let networkException = KafkaErrorCode(rawValue: 13)
    /// 14, `COORDINATOR_LOAD_IN_PROGRESS`. A retry can help.
    public static let coordinatorLoadInProgress = KafkaErrorCode(rawValue: 14)
    /// 15, `COORDINATOR_NOT_AVAILABLE`. A retry can help.
    public static let coordinatorNotAvailable = KafkaErrorCode(rawValue: 15)
    /// 16, `NOT_COORDINATOR`. A retry can help.
    public static let notCoordinator = KafkaErrorCode(rawValue: 16)
    /// 17, `INVALID_TOPIC_EXCEPTION`.
    public static let invalidTopicException = KafkaErrorCode(rawValue: 17)
    /// 18, `RECORD_LIST_TOO_LARGE`.
    public static let recordListTooLarge = KafkaErrorCode(rawValue: 18)
    /// 19, `NOT_ENOUGH_REPLICAS`. A retry can help.
    public static let notEnoughReplicas = KafkaErrorCode(rawValue: 19)
    /// 20, `NOT_ENOUGH_REPLICAS_AFTER_APPEND`. A retry can help.
    public static let notEnoughReplicasAfterAppend = KafkaErrorCode(rawValue: 20)
    /// 21, `INVALID_REQUIRED_ACKS`.
    public static let invalidRequiredAcks = KafkaErrorCode(rawValue: 21)
    /// 22, `ILLEGAL_GENERATION`.
    public static let illegalGeneration = KafkaErrorCode(rawValue: 22)
    /// 23, `INCONSISTENT_GROUP_PROTOCOL`.
    public static let inconsistentGroupProtocol = KafkaErrorCode(rawValue: 23)
    /// 24, `INVALID_GROUP_ID`.
    public static let invalidGroupId = KafkaErrorCode(rawValue: 24)
    /// 25, `UNKNOWN_MEMBER_ID`.
    public static let unknownMemberId = KafkaErrorCode(rawValue: 25)
    /// 26, `INVALID_SESSION_TIMEOUT`.
    public static let invalidSessionTimeout = KafkaErrorCode(rawValue: 26)
    /// 27, `REBALANCE_IN_PROGRESS`.
    public static let rebalanceInProgress = KafkaErrorCode(rawValue: 27)
    /// 28, `INVALID_COMMIT_OFFSET_SIZE`.
    public static let invalidCommitOffsetSize = KafkaErrorCode(rawValue: 28)
    /// 29, `TOPIC_AUTHORIZATION_FAILED`.
    public static let topicAuthorizationFailed = KafkaErrorCode(rawValue: 29)
    /// 30, `GROUP_AUTHORIZATION_FAILED`.
    public static let groupAuthorizationFailed = KafkaErrorCode(rawValue: 30)
    /// 31, `CLUSTER_AUTHORIZATION_FAILED`.
    public static let clusterAuthorizationFailed = KafkaErrorCode(rawValue: 31)
    /// 32, `INVALID_TIMESTAMP`.
    public static let invalidTimestamp = KafkaErrorCode(rawValue: 32)
    /// 33, `UNSUPPORTED_SASL_MECHANISM`.
    public static let unsupportedSaslMechanism = KafkaErrorCode(rawValue: 33)
    /// 34, `ILLEGAL_SASL_STATE`.
    public static let illegalSaslState = KafkaErrorCode(rawValue: 34)
    /// 35, `UNSUPPORTED_VERSION`.
    public static let unsupportedVersion = KafkaErrorCode(rawValue: 35)
    /// 36, `TOPIC_ALREADY_EXISTS`.
    public static let topicAlreadyExists = KafkaErrorCode(rawValue: 36)
    /// 37, `INVALID_PARTITIONS`.
    public static let invalidPartitions = KafkaErrorCode(rawValue: 37)
    /// 38, `INVALID_REPLICATION_FACTOR`.
    public static let invalidReplicationFactor = KafkaErrorCode(rawValue: 38)
    /// 39, `INVALID_REPLICA_ASSIGNMENT`.
    public static let invalidReplicaAssignment = KafkaErrorCode(rawValue: 39)
    /// 40, `INVALID_CONFIG`.
    public static let invalidConfig = KafkaErrorCode(rawValue: 40)
    /// 41, `NOT_CONTROLLER`. A retry can help.
    public static let notController = KafkaErrorCode(rawValue: 41)
    /// 42, `INVALID_REQUEST`.
    public static let invalidRequest = KafkaErrorCode(rawValue: 42)
    /// 43, `UNSUPPORTED_FOR_MESSAGE_FORMAT`.
    public static let unsupportedForMessageFormat = KafkaErrorCode(rawValue: 43)
    /// 44, `POLICY_VIOLATION`.
    public static let policyViolation = KafkaErrorCode(rawValue: 44)
    /// 45, `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    public static let outOfOrderSequenceNumber = KafkaErrorCode(rawValue: 45)
    /// 46, `DUPLICATE_SEQUENCE_NUMBER`.
    public static let duplicateSequenceNumber = KafkaErrorCode(rawValue: 46)
    /// 47, `INVALID_PRODUCER_EPOCH`.
    public static let invalidProducerEpoch = KafkaErrorCode(rawValue: 47)
    /// 48, `INVALID_TXN_STATE`.
    public static let invalidTxnState = KafkaErrorCode(rawValue: 48)
    /// 49, `INVALID_PRODUCER_ID_MAPPING`.
    public static let invalidProducerIdMapping = KafkaErrorCode(rawValue: 49)
    /// 50, `INVALID_TRANSACTION_TIMEOUT`.
    public static let invalidTransactionTimeout = KafkaErrorCode(rawValue: 50)
    /// 51, `CONCURRENT_TRANSACTIONS`. A retry can help.
    public static let concurrentTransactions = KafkaErrorCode(rawValue: 51)
    /// 52, `TRANSACTION_COORDINATOR_FENCED`.
    public static let transactionCoordinatorFenced = KafkaErrorCode(rawValue: 52)
    /// 53, `TRANSACTIONAL_ID_AUTHORIZATION_FAILED`.
    public static let transactionalIdAuthorizationFailed = KafkaErrorCode(rawValue: 53)
    /// 54, `SECURITY_DISABLED`.
    public static let securityDisabled = KafkaErrorCode(rawValue: 54)
    /// 55, `OPERATION_NOT_ATTEMPTED`.
    public static let operationNotAttempted = KafkaErrorCode(rawValue: 55)
    /// 56, `KAFKA_STORAGE_ERROR`. A retry can help.
    public static let kafkaStorageError = KafkaErrorCode(rawValue: 56)
    /// 57, `LOG_DIR_NOT_FOUND`.
    public static let logDirNotFound = KafkaErrorCode(rawValue: 57)
    /// 58, `SASL_AUTHENTICATION_FAILED`.
    public static let saslAuthenticationFailed = KafkaErrorCode(rawValue: 58)
    /// 59, `UNKNOWN_PRODUCER_ID`.
    public static let unknownProducerId = KafkaErrorCode(rawValue: 59)
    /// 60, `REASSIGNMENT_IN_PROGRESS`.
    public static let reassignmentInProgress = KafkaErrorCode(rawValue: 60)
    /// 61, `DELEGATION_TOKEN_AUTH_DISABLED`.
    public static let delegationTokenAuthDisabled = KafkaErrorCode(rawValue: 61)
    /// 62, `DELEGATION_TOKEN_NOT_FOUND`.
    public static let delegationTokenNotFound = KafkaErrorCode(rawValue: 62)
    /// 63, `DELEGATION_TOKEN_OWNER_MISMATCH`.
    public static let delegationTokenOwnerMismatch = KafkaErrorCode(rawValue: 63)
    /// 64, `DELEGATION_TOKEN_REQUEST_NOT_ALLOWED`.
    public static let delegationTokenRequestNotAllowed = KafkaErrorCode(rawValue: 64)
    /// 65, `DELEGATION_TOKEN_AUTHORIZATION_FAILED`.
    public static let delegationTokenAuthorizationFailed = KafkaErrorCode(rawValue: 65)
    /// 66, `DELEGATION_TOKEN_EXPIRED`.
    public static let delegationTokenExpired = KafkaErrorCode(rawValue: 66)
    /// 67, `INVALID_PRINCIPAL_TYPE`.
    public static let invalidPrincipalType = KafkaErrorCode(rawValue: 67)
    /// 68, `NON_EMPTY_GROUP`.
    public static let nonEmptyGroup = KafkaErrorCode(rawValue: 68)
    /// 69, `GROUP_ID_NOT_FOUND`.
    public static let groupIdNotFound = KafkaErrorCode(rawValue: 69)
    /// 70, `FETCH_SESSION_ID_NOT_FOUND`. A retry can help.
    public static let fetchSessionIdNotFound = KafkaErrorCode(rawValue: 70)
    /// 71, `INVALID_FETCH_SESSION_EPOCH`. A retry can help.
    public static let invalidFetchSessionEpoch = KafkaErrorCode(rawValue: 71)
    /// 72, `LISTENER_NOT_FOUND`. A retry can help.
    public static let listenerNotFound = KafkaErrorCode(rawValue: 72)
    /// 73, `TOPIC_DELETION_DISABLED`.
    public static let topicDeletionDisabled = KafkaErrorCode(rawValue: 73)
    /// 74, `FENCED_LEADER_EPOCH`. A retry can help.
    public static let fencedLeaderEpoch = KafkaErrorCode(rawValue: 74)
    /// 75, `UNKNOWN_LEADER_EPOCH`. A retry can help.
    public static let unknownLeaderEpoch = KafkaErrorCode(rawValue: 75)
    /// 76, `UNSUPPORTED_COMPRESSION_TYPE`.
    public static let unsupportedCompressionType = KafkaErrorCode(rawValue: 76)
    /// 77, `STALE_BROKER_EPOCH`.
    public static let staleBrokerEpoch = KafkaErrorCode(rawValue: 77)
    /// 78, `OFFSET_NOT_AVAILABLE`. A retry can help.
    public static let offsetNotAvailable = KafkaErrorCode(rawValue: 78)
    /// 79, `MEMBER_ID_REQUIRED`.
    public static let memberIdRequired = KafkaErrorCode(rawValue: 79)
    /// 80, `PREFERRED_LEADER_NOT_AVAILABLE`. A retry can help.
    public static let preferredLeaderNotAvailable = KafkaErrorCode(rawValue: 80)
    /// 81, `GROUP_MAX_SIZE_REACHED`.
    public static let groupMaxSizeReached = KafkaErrorCode(rawValue: 81)
    /// 82, `FENCED_INSTANCE_ID`.
    public static let fencedInstanceId = KafkaErrorCode(rawValue: 82)
    /// 83, `ELIGIBLE_LEADERS_NOT_AVAILABLE`. A retry can help.
    public static let eligibleLeadersNotAvailable = KafkaErrorCode(rawValue: 83)
    /// 84, `ELECTION_NOT_NEEDED`. A retry can help.
    public static let electionNotNeeded = KafkaErrorCode(rawValue: 84)
    /// 85, `NO_REASSIGNMENT_IN_PROGRESS`.
    public static let noReassignmentInProgress = KafkaErrorCode(rawValue: 85)
    /// 86, `GROUP_SUBSCRIBED_TO_TOPIC`.
    public static let groupSubscribedToTopic = KafkaErrorCode(rawValue: 86)
    /// 87, `INVALID_RECORD`.
    public static let invalidRecord = KafkaErrorCode(rawValue: 87)
    /// 88, `UNSTABLE_OFFSET_COMMIT`. A retry can help.
    public static let unstableOffsetCommit = KafkaErrorCode(rawValue: 88)
    /// 89, `THROTTLING_QUOTA_EXCEEDED`. A retry can help.
    public static let throttlingQuotaExceeded = KafkaErrorCode(rawValue: 89)
    /// 90, `PRODUCER_FENCED`.
    public static let producerFenced = KafkaErrorCode(rawValue: 90)
    /// 91, `RESOURCE_NOT_FOUND`.
    public static let resourceNotFound = KafkaErrorCode(rawValue: 91)
    /// 92, `DUPLICATE_RESOURCE`.
    public static let duplicateResource = KafkaErrorCode(rawValue: 92)
    /// 93, `UNACCEPTABLE_CREDENTIAL`.
    public static let unacceptableCredential = KafkaErrorCode(rawValue: 93)
    /// 94, `INCONSISTENT_VOTER_SET`.
    public static let inconsistentVoterSet = KafkaErrorCode(rawValue: 94)
    /// 95, `INVALID_UPDATE_VERSION`.
    public static let invalidUpdateVersion = KafkaErrorCode(rawValue: 95)
    /// 96, `FEATURE_UPDATE_FAILED`.
    public static let featureUpdateFailed = KafkaErrorCode(rawValue: 96)
    /// 97, `PRINCIPAL_DESERIALIZATION_FAILURE`.
    public static let principalDeserializationFailure = KafkaErrorCode(rawValue: 97)
    /// 98, `SNAPSHOT_NOT_FOUND`.
    public static let snapshotNotFound = KafkaErrorCode(rawValue: 98)
    /// 99, `POSITION_OUT_OF_RANGE`.
    public static let positionOutOfRange = KafkaErrorCode(rawValue: 99)
    /// 100, `UNKNOWN_TOPIC_ID`. A retry can help.
    public static let unknownTopicId = KafkaErrorCode(rawValue: 100)
    /// 101, `DUPLICATE_BROKER_REGISTRATION`.
    public static let duplicateBrokerRegistration = KafkaErrorCode(rawValue: 101)
    /// 102, `BROKER_ID_NOT_REGISTERED`.
    public static let brokerIdNotRegistered = KafkaErrorCode(rawValue: 102)
    /// 103, `INCONSISTENT_TOPIC_ID`. A retry can help.
    public static let inconsistentTopicId = KafkaErrorCode(rawValue: 103)
    /// 104, `INCONSISTENT_CLUSTER_ID`.
    public static let inconsistentClusterId = KafkaErrorCode(rawValue: 104)
    /// 105, `TRANSACTIONAL_ID_NOT_FOUND`.
    public static let transactionalIdNotFound = KafkaErrorCode(rawValue: 105)
    /// 106, `FETCH_SESSION_TOPIC_ID_ERROR`. A retry can help.
    public static let fetchSessionTopicIdError = KafkaErrorCode(rawValue: 106)
    /// 107, `INELIGIBLE_REPLICA`.
    public static let ineligibleReplica = KafkaErrorCode(rawValue: 107)
    /// 108, `NEW_LEADER_ELECTED`.
    public static let newLeaderElected = KafkaErrorCode(rawValue: 108)
    /// 109, `OFFSET_MOVED_TO_TIERED_STORAGE`.
    public static let offsetMovedToTieredStorage = KafkaErrorCode(rawValue: 109)
    /// 110, `FENCED_MEMBER_EPOCH`.
    public static let fencedMemberEpoch = KafkaErrorCode(rawValue: 110)
    /// 111, `UNRELEASED_INSTANCE_ID`.
    public static let unreleasedInstanceId = KafkaErrorCode(rawValue: 111)
    /// 112, `UNSUPPORTED_ASSIGNOR`.
    public static let unsupportedAssignor = KafkaErrorCode(rawValue: 112)
    /// 113, `STALE_MEMBER_EPOCH`.
    public static let staleMemberEpoch = KafkaErrorCode(rawValue: 113)
    /// 114, `MISMATCHED_ENDPOINT_TYPE`.
    public static let mismatchedEndpointType = KafkaErrorCode(rawValue: 114)
    /// 115, `UNSUPPORTED_ENDPOINT_TYPE`.
    public static let unsupportedEndpointType = KafkaErrorCode(rawValue: 115)
    /// 116, `UNKNOWN_CONTROLLER_ID`.
    public static let unknownControllerId = KafkaErrorCode(rawValue: 116)
    /// 117, `UNKNOWN_SUBSCRIPTION_ID`.
    public static let unknownSubscriptionId = KafkaErrorCode(rawValue: 117)
    /// 118, `TELEMETRY_TOO_LARGE`.
    public static let telemetryTooLarge = KafkaErrorCode(rawValue: 118)
    /// 119, `INVALID_REGISTRATION`.
    public static let invalidRegistration = KafkaErrorCode(rawValue: 119)
    /// 120, `TRANSACTION_ABORTABLE`.
    public static let transactionAbortable = KafkaErrorCode(rawValue: 120)
    /// 121, `INVALID_RECORD_STATE`.
    public static let invalidRecordState = KafkaErrorCode(rawValue: 121)
    /// 122, `SHARE_SESSION_NOT_FOUND`. A retry can help.
    public static let shareSessionNotFound = KafkaErrorCode(rawValue: 122)
    /// 123, `INVALID_SHARE_SESSION_EPOCH`. A retry can help.
    public static let invalidShareSessionEpoch = KafkaErrorCode(rawValue: 123)
    /// 124, `FENCED_STATE_EPOCH`.
    public static let fencedStateEpoch = KafkaErrorCode(rawValue: 124)
    /// 125, `INVALID_VOTER_KEY`.
    public static let invalidVoterKey = KafkaErrorCode(rawValue: 125)
    /// 126, `DUPLICATE_VOTER`.
    public static let duplicateVoter = KafkaErrorCode(rawValue: 126)
    /// 127, `VOTER_NOT_FOUND`.
    public static let voterNotFound = KafkaErrorCode(rawValue: 127)
    /// 128, `INVALID_REGULAR_EXPRESSION`.
    public static let invalidRegularExpression = KafkaErrorCode(rawValue: 128)

    /// All codes known here, in the order of their numbers, with their names and whether a retry can help.
    static let known: [(code: KafkaErrorCode, name: String, isRetriable: Bool)] = [
        (.unknownServerError, "UNKNOWN_SERVER_ERROR", false),
        (.none, "NONE", false),
        (.offsetOutOfRange, "OFFSET_OUT_OF_RANGE", false),
        (.corruptMessage, "CORRUPT_MESSAGE", true),
        (.unknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION", true),
        (.invalidFetchSize, "INVALID_FETCH_SIZE", false),
        (.leaderNotAvailable, "LEADER_NOT_AVAILABLE", true),
        (.notLeaderOrFollower, "NOT_LEADER_OR_FOLLOWER", true),
        (.requestTimedOut, "REQUEST_TIMED_OUT", true),
        (.brokerNotAvailable, "BROKER_NOT_AVAILABLE", false),
        (.replicaNotAvailable, "REPLICA_NOT_AVAILABLE", true),
        (.messageTooLarge, "MESSAGE_TOO_LARGE", false),
        (.staleControllerEpoch, "STALE_CONTROLLER_EPOCH", false),
        (.offsetMetadataTooLarge, "OFFSET_METADATA_TOO_LARGE", false),
        (.networkException, "NETWORK_EXCEPTION", true),
        (.coordinatorLoadInProgress, "COORDINATOR_LOAD_IN_PROGRESS", true),
        (.coordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE", true),
        (.notCoordinator, "NOT_COORDINATOR", true),
        (.invalidTopicException, "INVALID_TOPIC_EXCEPTION", false),
        (.recordListTooLarge, "RECORD_LIST_TOO_LARGE", false),
        (.notEnoughReplicas, "NOT_ENOUGH_REPLICAS", true),
        (.notEnoughReplicasAfterAppend, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", true),
        (.invalidRequiredAcks, "INVALID_REQUIRED_ACKS", false),
        (.illegalGeneration, "ILLEGAL_GENERATION", false),
        (.inconsistentGroupProtocol, "INCONSISTENT_GROUP_PROTOCOL", false),
        (.invalidGroupId, "INVALID_GROUP_ID", false),
        (.unknownMemberId, "UNKNOWN_MEMBER_ID", false),
        (.invalidSessionTimeout, "INVALID_SESSION_TIMEOUT", false),
        (.rebalanceInProgress, "REBALANCE_IN_PROGRESS", false),
        (.invalidCommitOffsetSize, "INVALID_COMMIT_OFFSET_SIZE", false),
        (.topicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED", false),
        (.groupAuthorizationFailed, "GROUP_AUTHORIZATION_FAILED", false),
        (.clusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED", false),
        (.invalidTimestamp, "INVALID_TIMESTAMP", false),
        (.unsupportedSaslMechanism, "UNSUPPORTED_SASL_MECHANISM", false),
        (.illegalSaslState, "ILLEGAL_SASL_STATE", false),
        (.unsupportedVersion, "UNSUPPORTED_VERSION", false),
        (.topicAlreadyExists, "TOPIC_ALREADY_EXISTS", false),
        (.invalidPartitions, "INVALID_PARTITIONS", false),
        (.invalidReplicationFactor, "INVALID_REPLICATION_FACTOR", false),
        (.invalidReplicaAssignment, "INVALID_REPLICA_ASSIGNMENT", false),
        (.invalidConfig, "INVALID_CONFIG", false),
        (.notController, "NOT_CONTROLLER", true),
        (.invalidRequest, "INVALID_REQUEST", false),
        (.unsupportedForMessageFormat, "UNSUPPORTED_FOR_MESSAGE_FORMAT", false),
        (.policyViolation, "POLICY_VIOLATION", false),
        (.outOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER", false),
        (.duplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER", false),
        (.invalidProducerEpoch, "INVALID_PRODUCER_EPOCH", false),
        (.invalidTxnState, "INVALID_TXN_STATE", false),
        (.invalidProducerIdMapping, "INVALID_PRODUCER_ID_MAPPING", false),
        (.invalidTransactionTimeout, "INVALID_TRANSACTION_TIMEOUT", false),
        (.concurrentTransactions, "CONCURRENT_TRANSACTIONS", true),
        (.transactionCoordinatorFenced, "TRANSACTION_COORDINATOR_FENCED", false),
        (.transactionalIdAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", false),
        (.securityDisabled, "SECURITY_DISABLED", false),
        (.operationNotAttempted, "OPERATION_NOT_ATTEMPTED", false),
        (.kafkaStorageError, "KAFKA_STORAGE_ERROR", true),
        (.logDirNotFound, "LOG_DIR_NOT_FOUND", false),
        (.saslAuthenticationFailed, "SASL_AUTHENTICATION_FAILED", false),
        (.unknownProducerId, "UNKNOWN_PRODUCER_ID", false),
        (.reassignmentInProgress, "REASSIGNMENT_IN_PROGRESS", false),
        (.delegationTokenAuthDisabled, "DELEGATION_TOKEN_AUTH_DISABLED", false),
        (.delegationTokenNotFound, "DELEGATION_TOKEN_NOT_FOUND", false),
        (.delegationTokenOwnerMismatch, "DELEGATION_TOKEN_OWNER_MISMATCH", false),
        (.delegationTokenRequestNotAllowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", false),
        (.delegationTokenAuthorizationFailed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", false),
        (.delegationTokenExpired, "DELEGATION_TOKEN_EXPIRED", false),
        (.invalidPrincipalType, "INVALID_PRINCIPAL_TYPE", false),
        (.nonEmptyGroup, "NON_EMPTY_GROUP", false),
        (.groupIdNotFound, "GROUP_ID_NOT_FOUND", false),
        (.fetchSessionIdNotFound, "FETCH_SESSION_ID_NOT_FOUND", true),
        (.invalidFetchSessionEpoch, "INVALID_FETCH_SESSION_EPOCH", true),
        (.listenerNotFound, "LISTENER_NOT_FOUND", true),
        (.topicDeletionDisabled, "TOPIC_DELETION_DISABLED", false),
        (.fencedLeaderEpoch, "FENCED_LEADER_EPOCH", true),
        (.unknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH", true),
        (.unsupportedCompressionType, "UNSUPPORTED_COMPRESSION_TYPE", false),
        (.staleBrokerEpoch, "STALE_BROKER_EPOCH", false),
        (.offsetNotAvailable, "OFFSET_NOT_AVAILABLE", true),
        (.memberIdRequired, "MEMBER_ID_REQUIRED", false),
        (.preferredLeaderNotAvailable, "PREFERRED_LEADER_NOT_AVAILABLE", true),
        (.groupMaxSizeReached, "GROUP_MAX_SIZE_REACHED", false),
        (.fencedInstanceId, "FENCED_INSTANCE_ID", false),
        (.eligibleLeadersNotAvailable, "ELIGIBLE_LEADERS_NOT_AVAILABLE", true),
        (.electionNotNeeded, "ELECTION_NOT_NEEDED", true),
        (.noReassignmentInProgress, "NO_REASSIGNMENT_IN_PROGRESS", false),
        (.groupSubscribedToTopic, "GROUP_SUBSCRIBED_TO_TOPIC", false),
        (.invalidRecord, "INVALID_RECORD", false),
        (.unstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT", true),
        (.throttlingQuotaExceeded, "THROTTLING_QUOTA_EXCEEDED", true),
        (.producerFenced, "PRODUCER_FENCED", false),
        (.resourceNotFound, "RESOURCE_NOT_FOUND", false),
        (.duplicateResource, "DUPLICATE_RESOURCE", false),
        (.unacceptableCredential, "UNACCEPTABLE_CREDENTIAL", false),
        (.inconsistentVoterSet, "INCONSISTENT_VOTER_SET", false),
        (.invalidUpdateVersion, "INVALID_UPDATE_VERSION", false),
        (.featureUpdateFailed, "FEATURE_UPDATE_FAILED", false),
        (.principalDeserializationFailure, "PRINCIPAL_DESERIALIZATION_FAILURE", false),
        (.snapshotNotFound, "SNAPSHOT_NOT_FOUND", false),
        (.positionOutOfRange, "POSITION_OUT_OF_RANGE", false),
        (.unknownTopicId, "UNKNOWN_TOPIC_ID", true),
        (.duplicateBrokerRegistration, "DUPLICATE_BROKER_REGISTRATION", false),
        (.brokerIdNotRegistered, "BROKER_ID_NOT_REGISTERED", false),
        (.inconsistentTopicId, "INCONSISTENT_TOPIC_ID", true),
        (.inconsistentClusterId, "INCONSISTENT_CLUSTER_ID", false),
        (.transactionalIdNotFound, "TRANSACTIONAL_ID_NOT_FOUND", false),
        (.fetchSessionTopicIdError, "FETCH_SESSION_TOPIC_ID_ERROR", true),
        (.ineligibleReplica, "INELIGIBLE_REPLICA", false),
        (.newLeaderElected, "NEW_LEADER_ELECTED", false),
        (.offsetMovedToTieredStorage, "OFFSET_MOVED_TO_TIERED_STORAGE", false),
        (.fencedMemberEpoch, "FENCED_MEMBER_EPOCH", false),
        (.unreleasedInstanceId, "UNRELEASED_INSTANCE_ID", false),
        (.unsupportedAssignor, "UNSUPPORTED_ASSIGNOR", false),
        (.staleMemberEpoch, "STALE_MEMBER_EPOCH", false),
        (.mismatchedEndpointType, "MISMATCHED_ENDPOINT_TYPE", false),
        (.unsupportedEndpointType, "UNSUPPORTED_ENDPOINT_TYPE", false),
        (.unknownControllerId, "UNKNOWN_CONTROLLER_ID", false),
        (.unknownSubscriptionId, "UNKNOWN_SUBSCRIPTION_ID", false),
        (.telemetryTooLarge, "TELEMETRY_TOO_LARGE", false),
        (.invalidRegistration, "INVALID_REGISTRATION", false),
        (.transactionAbortable, "TRANSACTION_ABORTABLE", false),
        (.invalidRecordState, "INVALID_RECORD_STATE", false),
        (.shareSessionNotFound, "SHARE_SESSION_NOT_FOUND", true),
        (.invalidShareSessionEpoch, "INVALID_SHARE_SESSION_EPOCH", true),
        (.fencedStateEpoch, "FENCED_STATE_EPOCH", false),
        (.invalidVoterKey, "INVALID_VOTER_KEY", false),
        (.duplicateVoter, "DUPLICATE_VOTER", false),
        (.voterNotFound, "VOTER_NOT_FOUND", false),
        (.invalidRegularExpression, "INVALID_REGULAR_EXPRESSION", false),
    ]
}

import KafkaProtocol

/// What a transport must know of a request besides its bytes.
struct RequestTraits: Equatable {
    /// For how long the broker may keep it, in milliseconds, before it has to answer.
    var serverWait: Int64 = 0
    /// Whether the broker may keep it although it has nothing to do.
    var isLongPoll = false
    /// Whether it is answered at all.
    var expectsAnswer = true

    init<R: KafkaRequest>(_ request: R) {
        switch request {
        case let request as FetchRequest:
            serverWait = Int64(request.maxWaitMs)
            isLongPoll = true
        case let request as JoinGroupRequest:
            // Before version 1 the session timeout stood for both.
            serverWait = Int64(max(request.rebalanceTimeoutMs, request.sessionTimeoutMs))
            isLongPoll = true
        case is SyncGroupRequest:
            isLongPoll = true
        case let request as ProduceRequest:
            serverWait = request.acks == -1 ? Int64(request.timeoutMs) : 0
            expectsAnswer = request.acks != 0
        case let request as CreateTopicsRequest: serverWait = Int64(request.timeoutMs)
        case let request as DeleteTopicsRequest: serverWait = Int64(request.timeoutMs)
        case let request as CreatePartitionsRequest: serverWait = Int64(request.timeoutMs)
        case let request as DeleteRecordsRequest: serverWait = Int64(request.timeoutMs)
        default: break
        }
        serverWait = max(0, serverWait)
    }

    /// How long to wait for the answer, in milliseconds.
    func timeout(_ configuration: TCPConfiguration) -> Int64 {
        let time = configuration.requestTimeout.milliseconds
        return isLongPoll ? serverWait.saturatingAdd(time) : max(time, serverWait.saturatingAdd(min(time, 5000)))
    }
}

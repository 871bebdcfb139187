internal import KafkaProtocol

extension MetadataRequest {
    /// Topics that the sender may not see look alike whether they are there or not.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard let topics, !(version == 0 && topics.isEmpty) else {
            return .passed(self) { response in
                response.topics.removeAll { !access.allows(.describe, .topic, $0.name ?? "") }
            }
        }
        var request = self
        var refused: [MetadataResponse.MetadataResponseTopic] = []
        request.topics = topics.filter { topic in
            guard let refusal = refusal(of: topic, access) else { return true }
            refused.append(refusal)
            return false
        }
        let isEmpty = request.topics?.isEmpty ?? true
        return .passed(request) { response in
            // In version 0 no topics would have meant all of them.
            if isEmpty { response.topics = [] }
            response.topics += refused
        }
    }

    private func refusal(
        of topic: MetadataRequestTopic, _ access: Access
    ) -> MetadataResponse.MetadataResponseTopic? {
        let error = KafkaErrorCode.topicAuthorizationFailed.rawValue
        let broker = access.broker
        guard topic.topicId == .zero, let name = topic.name.map({ Name($0) }) else {
            guard let known = broker.topics.topic(topic.topicId), !access.allows(.describe, .topic, known.name) else {
                return nil
            }
            return .init(errorCode: error, topicId: topic.topicId)
        }
        let creates =
            allowAutoTopicCreation && broker.configuration.autoCreateTopics && broker.topics.topic(name) == nil
        guard access.allows(.describe, .topic, name), !creates || access.allowsCreating(name) else {
            return .init(errorCode: error, name: name.string)
        }
        return nil
    }
}

extension Access {
    /// Whether it may make a topic of that name.
    fileprivate func allowsCreating(_ topic: Name) -> Bool { allows(.create) || allows(.create, .topic, topic) }
}

extension CreateTopicsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        request.topics = topics.filter { access.allowsCreating(Name($0.name)) }
        let denied = topics.map(\.name).distinctNames().filter { !access.allowsCreating($0) }
        return .passed(request) { response in
            if version >= 5 {
                for place in response.topics.indices where response.topics[place].errorCode == 0 {
                    guard !access.allows(.describeConfigs, .topic, response.topics[place].name) else { continue }
                    response.topics[place].topicConfigErrorCode = KafkaErrorCode.topicAuthorizationFailed.rawValue
                    response.topics[place].numPartitions = -1
                    response.topics[place].replicationFactor = -1
                    response.topics[place].configs = nil
                }
            }
            response.topics += denied.map {
                .init(
                    name: $0.string, errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue,
                    errorMessage: "Not authorized to create the topic.")
            }
        }
    }
}

extension DeleteTopicsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        var refused: [DeleteTopicsResponse.DeletableTopicResult] = []
        func mayDelete(_ name: String?, _ id: KafkaUUID) -> Bool {
            // What is not there by its id is told by the answer.
            guard let known = name.map({ Name($0) }) ?? access.broker.topics.topic(id)?.name else { return true }
            if access.allows(.delete, .topic, known) { return true }
            // Who may see the topic may learn its name from its id.
            let shown = name ?? (access.allows(.describe, .topic, known) ? known.string : nil)
            refused.append(
                .init(name: shown, topicId: id, errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue))
            return false
        }
        request.topics = topics.filter { mayDelete($0.name, $0.topicId) }
        request.topicNames = topicNames.filter { mayDelete($0, .zero) }
        return .passed(request) { $0.responses += refused }
    }
}

extension CreatePartitionsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(topics, .alter, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { response in
            response.results += parts.denied.map {
                .init(name: $0.name, errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
            }
        }
    }
}

extension DescribeTopicPartitionsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let names = topics.isEmpty ? access.broker.topics.all.map(\.name.string) : topics.map(\.name)
        let parts = access.part(names, .describe, .topic) { $0 }
        let refused: [DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic] =
            topics.isEmpty || cursor != nil
            ? [] : parts.denied.map { .init(errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue, name: $0) }
        // No topics would mean all of them.
        guard !parts.allowed.isEmpty else { return .refused(Response(topics: refused)) }
        request.topics = parts.allowed.map { .init(name: $0) }
        return .passed(request) { $0.topics += refused }
    }
}

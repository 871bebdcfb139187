import KafkaProtocol

@testable import KafkaBroker

/// A group of the consumer protocol as a test drives it, and the topics that there are.
struct ConsumerMachine {
    var group: Group
    var topics = TopicImage()
    var now: Int64 = 0
    private(set) var actions: [GroupAction] = []

    init(_ counts: [Name: Int32] = ["t": 4], maximumSize: Int = .max) {
        group = Group(
            id: "g", settings: .init(consumer: .init(sessionTimeout: 100, maximumSize: maximumSize)))
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { setTopic(name, count) }
    }

    var consumer: ConsumerGroup { group.consumer ?? ConsumerGroup(settings: .init()) }

    static func id(_ topic: Name, _ incarnation: UInt64 = 1) -> KafkaUUID {
        KafkaUUID(high: topic.string.utf8.reduce(0) { $0 << 8 | UInt64($1) }, low: incarnation)
    }

    mutating func setTopic(_ name: Name, _ count: Int32?, incarnation: UInt64 = 1) {
        topics[name] = count.map { TopicImage.Entry(id: Self.id(name, incarnation), partitions: $0) }
    }

    /// Does what the coordinator does: what fails has changed nothing.
    private mutating func transact<Result>(_ body: (inout Group, inout [GroupAction]) throws -> Result) throws -> Result {
        var next = group
        var added: [GroupAction] = []
        let result = try body(&next, &added)
        added += try next.useClassicProtocolIfAlone(topics: topics, now: now)
        group = next
        actions += added
        return result
    }

    mutating func send(_ beat: ConsumerHeartbeat) throws -> ConsumerHeartbeatAnswer {
        let (topics, now) = (topics, now)
        return try transact { group, actions in
            if beat.epoch == 0 { actions += try group.useConsumerProtocol(topics: topics, now: now) }
            guard let answer = try group.consumer?.heartbeat(beat, topics: topics, now: now) else {
                throw GroupCoordinator.noConsumerGroup("g")
            }
            return answer
        }
    }

    /// Joins with a subscription to `topics` or a pattern.
    mutating func join(
        _ member: Name, _ topics: [Name]? = ["t"], pattern: Name? = nil, instance: Name? = nil, assignor: Name? = nil
    ) throws -> ConsumerHeartbeatAnswer {
        try send(
            ConsumerHeartbeat(
                memberID: member, instanceID: instance, rebalanceTimeout: 30, topics: topics, pattern: pattern,
                assignor: assignor, owned: []))
    }

    /// Says that the member goes on, and what it has if it is asked to.
    mutating func beat(
        _ member: Name, _ epoch: Int32, owned: [Int32]? = nil, of topic: Name = "t", instance: Name? = nil
    ) throws -> ConsumerHeartbeatAnswer {
        try send(
            ConsumerHeartbeat(
                memberID: member, epoch: epoch, instanceID: instance,
                owned: owned.map { partitions in Set(partitions.map { TopicIDPartition(Self.id(topic), $0) }) }))
    }

    mutating func leave(_ member: Name, instance: Name? = nil, epoch: Int32 = -1) throws {
        try transact { group, _ in try group.consumer?.leave(member, instanceID: instance, epoch: epoch) }
    }

    mutating func advance(to time: Int64) {
        now = time
        try? transact { group, actions in
            actions += group.classic.expire(now: time)
            group.consumer?.expire(now: time)
        }
    }

    /// The partitions of a topic that a member has.
    func assigned(_ member: Name, _ topic: Name = "t") -> [Int32] {
        (consumer.members[member]?.current.assigned ?? []).filter { $0.topic == Self.id(topic) }.map(\.partition).sorted()
    }
}

extension ConsumerHeartbeatAnswer {
    /// The partitions in the answer; nil if there is no assignment in it.
    var partitions: [Int32]? { assignment?.map(\.partition).sorted() }
}

/// The code of the error that `body` throws.
func refusal(_ body: () throws -> some Any) -> KafkaErrorCode {
    do {
        _ = try body()
        return .none
    } catch {
        return RequestError(error).code
    }
}

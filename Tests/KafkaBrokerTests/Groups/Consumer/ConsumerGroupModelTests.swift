import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Clients that do what the consumer protocol asks of them, in any order and with lost answers: whatever happens, no partition is
/// read by two at a time, and when nothing more happens everyone has what it should.
@Suite struct ConsumerGroupModelTests {
    /// A consumer, as it sees itself.
    private struct Client {
        var id: Name
        var instance: Name?
        var topics: [Name]
        var epoch: Int32 = 0
        var owned: Set<TopicIDPartition> = []
        /// What it has been told to have; it gives up at once and takes later.
        var told: Set<TopicIDPartition> = []
        /// What it has said last that it has.
        var said: Set<TopicIDPartition>?
        var mustTellAll = true
        /// When the broker forgets it.
        var deadline: Int64 = 0
    }

    private struct Model {
        var machine = ConsumerMachine(["t": 3, "u": 2])
        var clients: [Client] = []
        var lastID = 0
        var random: SeededGenerator

        mutating func start() {
            lastID += 1
            let instance = Int.random(in: 0..<3, using: &random) == 0 ? Name("i\(Int.random(in: 0..<2, using: &random))") : nil
            let choices: [[Name]] = [["t"], ["u"], ["t", "u"], ["t", "u", "v"]]
            clients.append(
                Client(id: Name("m\(lastID)"), instance: instance, topics: choices.randomElement(using: &random) ?? []))
        }

        mutating func heartbeat(_ index: Int, answerIsLost: Bool) {
            var client = clients[index]
            // Who has heard nothing for a session has given everything up before the broker gives it away.
            if client.deadline <= machine.now { client = Client(id: client.id, instance: client.instance, topics: client.topics) }
            // Parting with partitions comes before the heartbeat that tells of it, taking them after.
            client.owned.formIntersection(client.told)
            client.owned.formUnion(client.told)
            let isFull = client.mustTellAll
            let beat = ConsumerHeartbeat(
                memberID: client.id, epoch: client.epoch, instanceID: client.instance,
                // Longer than a session, so that nobody is out who does not know it.
                rebalanceTimeout: isFull ? 10_000 : nil, topics: isFull ? client.topics : nil,
                owned: isFull || client.said != client.owned ? client.epoch == 0 ? [] : client.owned : nil)
            client.said = beat.owned ?? client.said
            do {
                let answer = try machine.send(beat)
                client.deadline = machine.now + 100
                if answerIsLost {
                    client.mustTellAll = true
                } else {
                    client.mustTellAll = false
                    client.epoch = answer.epoch
                    if let assignment = answer.assignment { client.told = assignment }
                }
            } catch {
                switch RequestError(error).code {
                case .fencedMemberEpoch, .unknownMemberId, .groupIdNotFound:
                    client = Client(id: client.id, instance: client.instance, topics: client.topics)
                default: break
                }
            }
            clients[index] = client
        }

        /// Those who read a partition at the same time. Partitions that a client was told to have it may be reading already.
        func conflicts() -> [TopicIDPartition] {
            var seen: Set<TopicIDPartition> = []
            return clients.filter { $0.deadline > machine.now }
                .flatMap { client in client.owned.union(client.told).filter { !seen.insert($0).inserted } }
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `no partition is read twice, and in the end everyone has its share`(seed: UInt64) throws {
        var model = Model(random: SeededGenerator(seed: seed))
        for _ in 0..<400 {
            switch Int.random(in: 0..<100, using: &model.random) {
            case 0..<6 where model.clients.count < 6: model.start()
            case 6..<9 where !model.clients.isEmpty:
                // Someone leaves, properly or without a word.
                let client = model.clients.remove(at: Int.random(in: 0..<model.clients.count, using: &model.random))
                if Bool.random(using: &model.random) {
                    let epoch: Int32 = client.instance != nil && Bool.random(using: &model.random) ? -2 : -1
                    try? model.machine.leave(client.id, instance: client.instance, epoch: epoch)
                }
            case 9..<12: model.machine.setTopic("u", Int32.random(in: 2...5, using: &model.random))
            case 12..<14: model.machine.setTopic("v", Bool.random(using: &model.random) ? 2 : nil)
            case 14..<24: model.machine.advance(to: model.machine.now + Int64.random(in: 1...30, using: &model.random))
            default:
                guard !model.clients.isEmpty else { continue }
                model.heartbeat(
                    Int.random(in: 0..<model.clients.count, using: &model.random),
                    answerIsLost: Int.random(in: 0..<10, using: &model.random) == 0)
            }
            #expect(model.conflicts().isEmpty, "seed \(seed)")
        }
        // Only one of those that share an instance can stay.
        var instances: Set<Name> = []
        model.clients.removeAll { client in client.instance.map { !instances.insert($0).inserted } ?? false }
        model.machine.advance(to: model.machine.now + 1000)
        for _ in 0..<20 {
            for index in model.clients.indices { model.heartbeat(index, answerIsLost: false) }
            #expect(model.conflicts().isEmpty, "seed \(seed)")
        }
        let consumer = model.machine.consumer
        #expect(consumer.state == (model.clients.isEmpty ? .empty : .stable), "seed \(seed)")
        var owned: Set<TopicIDPartition> = []
        for client in model.clients {
            #expect(client.told == consumer.target[client.id])
            owned.formUnion(client.told)
        }
        let read = Set(model.clients.flatMap(\.topics)).compactMap { model.machine.topics[$0] }
        #expect(owned.count == read.reduce(0) { $0 + Int($1.partitions) }, "seed \(seed)")
    }
}

import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct FetchSessionTests {
    private func request(
        _ id: Int32 = 0, _ epoch: Int32, _ partitions: [Int32], forgetting: [Int32] = [], topic: String = "t"
    ) -> FetchRequest {
        FetchRequest(
            sessionId: id, sessionEpoch: epoch,
            topics: partitions.isEmpty
                ? [] : [.init(topic: topic, partitions: partitions.map { .init(partition: $0, fetchOffset: 7) })],
            forgottenTopicsData: forgetting.isEmpty ? [] : [.init(topic: topic, partitions: forgetting)])
    }

    private func answers(_ plan: FetchSessions.Plan, highWatermark: Int64 = 7, error: Int16 = 0)
        -> [FetchResponse.PartitionData]
    {
        plan.targets.map {
            .init(partitionIndex: $0.key.partition, errorCode: error, highWatermark: highWatermark, logStartOffset: 0)
        }
    }

    private func code(_ body: () throws -> Void) -> KafkaErrorCode? {
        do { try body() } catch { return (error as? RequestError)?.code }
        return nil
    }

    @Test func `a session remembers what it fetches and tells only what is new`() throws {
        var sessions = FetchSessions(capacity: 10)
        let first = try sessions.plan(request(0, 0, [0, 1, 2]), usesTopicIDs: false, now: 0)
        let opened = sessions.complete(first, answers(first), now: 0, randomID: { 5 })
        #expect(opened.sessionID == 5)
        #expect(opened.isTold == [true, true, true])

        let second = try sessions.plan(request(5, 1, []), usesTopicIDs: false, now: 1)
        #expect(second.targets.map(\.key.partition) == [0, 1, 2])
        var found = answers(second)
        found[1].highWatermark = 8
        #expect(sessions.complete(second, found, now: 1, randomID: { 0 }).isTold == [false, true, false])

        let third = try sessions.plan(request(5, 2, [3], forgetting: [0, 2]), usesTopicIDs: false, now: 2)
        #expect(third.targets.map(\.key.partition) == [1, 3])
        var changed = answers(third, highWatermark: 8)
        #expect(sessions.complete(third, changed, now: 2, randomID: { 0 }).isTold == [false, true])

        let fourth = try sessions.plan(request(5, 3, []), usesTopicIDs: false, now: 3)
        changed[0].logStartOffset = 3
        #expect(sessions.complete(fourth, changed, now: 3, randomID: { 0 }).isTold == [true, false])
        let fifth = try sessions.plan(request(5, 4, []), usesTopicIDs: false, now: 3)
        changed[1].records = [1]
        #expect(sessions.complete(fifth, changed, now: 3, randomID: { 0 }).isTold == [false, true])
    }

    @Test func `an error is told each time, and so is what comes after it`() throws {
        var sessions = FetchSessions(capacity: 10)
        let first = try sessions.plan(request(0, 0, [0]), usesTopicIDs: false, now: 0)
        _ = sessions.complete(first, answers(first), now: 0, randomID: { 5 })
        for epoch: Int32 in 1...2 {
            let plan = try sessions.plan(request(5, epoch, []), usesTopicIDs: false, now: 0)
            #expect(sessions.complete(plan, answers(plan, error: 3), now: 0, randomID: { 0 }).isTold == [true])
        }
        let after = try sessions.plan(request(5, 3, []), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(after, answers(after), now: 0, randomID: { 0 }).isTold == [true])
    }

    @Test func `unknown sessions, requests out of turn and another way to name topics are refused`() throws {
        var sessions = FetchSessions(capacity: 10)
        #expect(
            code { _ = try sessions.plan(request(9, 1, [0]), usesTopicIDs: false, now: 0) } == .fetchSessionIdNotFound)
        let first = try sessions.plan(request(0, 0, [0]), usesTopicIDs: false, now: 0)
        _ = sessions.complete(first, answers(first), now: 0, randomID: { 5 })
        #expect(
            code { _ = try sessions.plan(request(5, 2, []), usesTopicIDs: false, now: 0) } == .invalidFetchSessionEpoch)
        #expect(
            code { _ = try sessions.plan(request(5, 1, []), usesTopicIDs: true, now: 0) } == .fetchSessionTopicIdError)
        // A refused request changes nothing.
        #expect(try sessions.plan(request(5, 1, []), usesTopicIDs: false, now: 0).targets.count == 1)
    }

    @Test func `epochs start again at 1 after the largest number`() {
        #expect(FetchSession.epoch(after: 1) == 2)
        #expect(FetchSession.epoch(after: .max) == 1)
    }

    @Test func `a session ends by epoch -1, by a new one in its place, and when nothing is left in it`() throws {
        var sessions = FetchSessions(capacity: 10)
        func open(_ id: Int32) throws {
            let plan = try sessions.plan(request(0, 0, [0]), usesTopicIDs: false, now: 0)
            #expect(sessions.complete(plan, answers(plan), now: 0, randomID: { id }).sessionID == id)
        }
        try open(5)
        let final = try sessions.plan(request(5, -1, [0]), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(final, answers(final), now: 0, randomID: { 6 }).sessionID == 0)
        #expect(sessions.count == 0)
        try open(6)
        let again = try sessions.plan(request(6, 0, [1]), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(again, answers(again), now: 0, randomID: { 7 }).sessionID == 7)
        #expect(sessions.count == 1)
        let empty = try sessions.plan(request(7, 1, [], forgetting: [1]), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(empty, [], now: 0, randomID: { 8 }).sessionID == 0)
        #expect(sessions.count == 0)
    }

    @Test func `a full cache gives no session until one in it is unused for two minutes, or smaller and as old`() throws {
        var sessions = FetchSessions(capacity: 2)
        func open(_ id: Int32, partitions: [Int32] = [0], now: Int64) throws -> Int32 {
            let plan = try sessions.plan(request(0, 0, partitions), usesTopicIDs: false, now: now)
            return sessions.complete(plan, answers(plan), now: now, randomID: { id }).sessionID
        }
        #expect(try open(1, now: 0) == 1)
        #expect(try open(2, partitions: [0, 1], now: 1) == 2)
        #expect(try open(3, now: 100_000) == 0)
        _ = try sessions.plan(request(1, 1, []), usesTopicIDs: false, now: 100_000)
        // The second one was not used since; the first one was.
        #expect(try open(3, now: 120_001) == 3)
        #expect(code { _ = try sessions.plan(request(2, 1, []), usesTopicIDs: false, now: 120_001) } != nil)
        // The first one is in use, but old and smaller than the new one.
        #expect(try open(4, now: 130_000) == 0)
        #expect(try open(4, partitions: [0, 1], now: 130_000) == 4)
        #expect(sessions.count == 2)
    }

    @Test func `sessions hold so many partitions together and no more`() throws {
        var sessions = FetchSessions(capacity: 100, partitionCapacity: 5)
        let first = try sessions.plan(request(0, 0, [0, 1, 2]), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(first, answers(first), now: 0, randomID: { 1 }).sessionID == 1)
        let second = try sessions.plan(request(0, 0, [0, 1, 2]), usesTopicIDs: false, now: 0)
        #expect(sessions.complete(second, answers(second), now: 0, randomID: { 2 }).sessionID == 0)
        // A session that outgrows the limit ends; the request is answered whole.
        let grown = try sessions.plan(request(1, 1, [3, 4, 5]), usesTopicIDs: false, now: 0)
        #expect(grown.targets.count == 6)
        #expect(sessions.complete(grown, answers(grown), now: 0, randomID: { 3 }).sessionID == 0)
        #expect(sessions.count == 0)
    }
}

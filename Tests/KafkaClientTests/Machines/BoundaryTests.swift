import KafkaProtocol
import Testing

@testable import KafkaClient

/// Numbers that users and brokers may give, at the ends of their ranges: no trap, no wrap, no wait that ends at once or never.
@Suite struct BoundaryTests {
    static let durations: [Duration] = [
        .seconds(Int64.max), .seconds(Int64.min), .milliseconds(Int64.max), .zero, .nanoseconds(1), .seconds(-1),
    ]

    @Test(arguments: durations) func `the pause between retries is a number of milliseconds up to a day`(_ duration: Duration) {
        for jitter in [0, 0.2, 1, 10, -3, .infinity, .nan, .greatestFiniteMagnitude] {
            let policy = RetryPolicy(initialBackoff: duration, maximumBackoff: duration, jitter: jitter)
            for attempt in [Int.min, -1, 0, 1, 2, 64, .max] {
                for random in [UInt64.min, 1, .max] {
                    #expect((1...2 * 86_400_000).contains(policy.delay(afterAttempt: attempt, random: random)))
                }
            }
        }
    }

    @Test(arguments: durations) func `deadlines of producers and consumers do not wrap`(_ duration: Duration) async throws {
        let client = KafkaClient(transport: ScriptedTransport(), clientID: "test")
        let producer = Producer(
            client: client, configuration: ProducerConfiguration(linger: duration, deliveryTimeout: duration))
        let builder = RecordBatchBuilder(compression: .none, capacity: 256)
        builder.append(timestamp: 1, key: nil, value: Bytes(utf8: "v"), headers: [])
        try producer.enqueueNow([PreparedBatch(topicPartition: TopicPartition("t", 0), builder: builder)])
        #expect(producer.unacknowledgedBytes > 0)
        var membership = Membership(
            .init(
                groupID: "g", sessionTimeout: duration.milliseconds, heartbeatInterval: duration.milliseconds,
                rebalanceTimeout: duration.milliseconds, assignor: RangeAssignor(), retryPolicy: RetryPolicy()))
        membership.subscribe(["t"], now: .max - 1)
        _ = membership.poll(now: .max - 1)
        membership.joined(.success(JoinGroupResponse(generationId: 1, memberId: "m")), now: .max - 1, random: 0)
        membership.synced(.success(SyncGroupResponse()), now: .max - 1, random: 0)
        #expect(membership.isStable)
        _ = membership.poll(now: .max)
    }

    @Test(arguments: durations) func `waits for connections do not wrap`(_ duration: Duration) throws {
        var machine = ConnectionMachine(idleTimeout: duration.milliseconds)
        machine.opened(now: .max - 5, sessionLifetime: .max)
        _ = machine.tick(now: .max - 5)
        var configuration = TCPConfiguration()
        configuration.requestTimeout = duration
        for wait in [Int32.min, -1, 0, .max] {
            #expect(RequestTraits(FetchRequest(maxWaitMs: wait)).timeout(configuration) <= .max)
        }
    }

    @Test func `a batch at the last offset there can be is damage, told with its place`() throws {
        let builder = RecordBatchBuilder(capacity: 64)
        builder.append(timestamp: 1, key: nil, value: Bytes(utf8: "v"), headers: [])
        let bytes = try builder.finish(baseOffset: .max)
        let error = #expect(throws: KafkaError.self) {
            try BatchFilter(isolation: .readUncommitted).filter(bytes, from: 0, aborted: [], of: TopicPartition("in", 0))
        }
        #expect(error?.code == .corruptBatch && error?.topicPartition == TopicPartition("in", 0))
    }

    @Test func `offsets that a hostile broker names neither trap nor wrap`() throws {
        let partition = TopicPartition("t", 0)
        for place in [Int64.min, -1, 0, 1, .max - 1, .max] {
            var state = FetchState(
                isolation: .readCommitted, bufferBytes: 1, maxWait: .max, reset: .earliest, retryPolicy: RetryPolicy())
            state.assign([partition: .offset(place)], restart: true)
            let request = try #require(state.plan(now: .max - 1) { _ in 1 }.requests.first)
            for end in [Int64.min, -1, 0, .max] {
                _ = state.fetched(
                    request.entries[0],
                    .batches(
                        BatchFilter.Result(nextOffset: place), highWatermark: end, lastStableOffset: end,
                        logStartOffset: end), now: .max - 1, random: .max)
                _ = state.isAtEnd(partition)
                _ = state.endOffset(partition)
            }
            #expect(state.partitions[partition]?.position == place)
        }
    }
}

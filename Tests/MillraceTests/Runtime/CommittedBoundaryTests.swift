import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaClient
@testable import Millrace

/// What was committed each number of which is, in turn, at the ends of its range and at those of its neighbours': offsets,
/// times and named numbers. The application goes on, or says why not.
@Suite(.timeLimit(.minutes(5))) struct CommittedBoundaryTests {
    private func closing() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["a", "b"])
        input.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10), grace: .seconds(5))).emitStrategy(.onWindowClose)
            .count(Materialized(as: "final", retention: .days(1)), named: "count").toStream().to("out", value: .int64)
        return try builder.build()
    }

    @Test func `a task resumes at all times`() async throws {
        let names = ["final", TaskProgress.key(timeOf: "count"), TaskProgress.key(endOf: "final")]
        for time in Int64.boundaryValues {
            for number in Int64.boundaryValues {
                await Task.yield()
                let saved = TaskProgress(
                    partitionTime: time, entries: Dictionary(uniqueKeysWithValues: names.map { ($0, number) }))
                #expect(TaskProgress(saved.text) == saved)
                let task = try StreamTask.make(closing(), MemoryCollector())
                task.resume(input: 0, from: saved.text)
                task.feed("a", try batch([("k", "v", 0), ("k", "v", 25_000), ("k", "v", .max)]))
                task.feed("b", try batch([("k", "v", 12_000)]))
                #expect(try task.process(limit: 100) == 4)
                try task.flush()
                #expect(task.streamTime == .max)
                let next = try #require(TaskProgress(task.progress(of: 0)))
                #expect(next.partitionTime == .max && next.entries.values.allSatisfy { $0 >= 0 })
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases) func `an application begins at all offsets`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(20, seed: 3))
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                for offset in [Int64.min, -2, -1, 0, 1, 10, 11, 1 << 32, .max - 1, .max] {
                    let request = OffsetCommitRequest(
                        groupId: "app", generationIdOrMemberEpoch: -1,
                        topics: [.init(name: "in", partitions: [.init(partitionIndex: 1, committedOffset: offset)])])
                    _ = try await cluster.client.send(request, to: .group("app"), "commit") { _ in 0 }
                    do {
                        try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                    } catch let error as StreamsError {
                        #expect(error.code == .lostState, "\(offset): \(error)")
                    }
                }
            }
        }
    }

    @Test(arguments: [BadRecordPolicy.fail, .skip]) func `batches that lie are errors with their place, or set aside`(
        _ policy: BadRecordPolicy
    ) async throws {
        var forged = ForgedBatch([("k0", "v0"), ("k1", "v1"), ("k2", "v2")])
        forged.records[1].headers = [.init(key: "h", value: [1, 2, 3])]
        forged.baseOffset = 100
        var random = SeededRandom(seed: 5)
        let fields = ForgedBatch.headerFields + ForgedBatch.recordFields(1)
        let builder = StreamsBuilder()
        (builder.stream("in") as KStream<String, String>).to("out")
        let topology = try builder.build()
        var processed = 0
        for (name, variant) in boundaryVariants(of: forged, fields, pairs: 500, using: &random) {
            await Task.yield()
            // What a consumer would hand on.
            let filtered = try? BatchFilter(isolation: .readUncommitted).filter(
                variant.bytes, from: 100, aborted: [], of: TopicPartition("in", 0))
            guard let filtered else { continue }
            let task = try StreamTask.make(topology, MemoryCollector(), onBadRecord: policy)
            task.inputs[0].seek(to: 100)
            task.inputs[0].append(filtered.batches, nextOffset: filtered.nextOffset)
            task.inputs[0].isAtEnd = true
            do {
                let count = try task.process(limit: 100)
                #expect(count <= 3, "\(name)")
                processed += count
            } catch let error as StreamsError {
                #expect(error.code == .undecodableRecord && "\(error)".contains("in-0"), "\(name): \(error)")
            }
            #expect((100...max(100, filtered.nextOffset)).contains(task.inputs[0].position), "\(name)")
        }
        #expect(processed > 300)
    }
}

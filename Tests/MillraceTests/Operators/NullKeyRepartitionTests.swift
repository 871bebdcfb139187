import MillraceTesting
import Testing

@testable import Millrace

/// Repartition topics leave out records without a key, unless a left or outer join comes after them.
@Suite struct NullKeyRepartitionTests {
    typealias Stream = KStream<String, String>

    /// What comes out of a repartition topic that gets one record without a key and one with, with steps after it.
    func seen(
        optimized: Bool = false, _ then: (_ stream: Stream, _ builder: StreamsBuilder) -> Void
    ) throws -> [String] {
        let builder = StreamsBuilder()
        let input: Stream = builder.stream("in")
        let moved = input.selectKey { _, value in value == "none" ? nil : value }.repartition()
        moved.to("seen")
        then(moved, builder)
        let driver = try TopologyTestDriver(try builder.build(optimized ? .all : []))
        try driver.pipe("in", "k", "none", at: 1)
        try driver.pipe("in", "k", "some", at: 2)
        return try driver.texts("seen", .string, .string)
    }

    let table: (StreamsBuilder) -> KTable<String, String> = { $0.table("rows", .as("rows")) }

    @Test func `explicit repartitioning drops them before inner joins and where there is no join`() throws {
        #expect(try seen { _, _ in } == ["some=some@2"])
        let inner = try seen { stream, builder in
            stream.join(table(builder)) { (_, value: String, _) in value }.to("out")
        }
        #expect(inner == ["some=some@2"])
    }

    @Test func `explicit repartitioning keeps them before left joins with tables`() throws {
        let kept = ["null=none@1", "some=some@2"]
        let left = try seen { stream, builder in
            stream.leftJoin(table(builder)) { (_, value: String, _) in value }.to("out")
        }
        #expect(left == kept)
        let global = try seen { stream, builder in
            let rows: GlobalKTable<String, String> = builder.globalTable("all", .as("all"))
            stream.leftJoin(rows, lookUp: { key, _ in key }) { (_, value: String, _) in value }.to("out")
        }
        #expect(global == kept)
    }

    @Test func `explicit repartitioning keeps them on both sides of left joins of streams, through steps between`() throws {
        let windows = JoinWindows.difference(.seconds(1), grace: .zero)
        for isRight in [false, true] {
            let seen = try seen { stream, builder in
                let other: Stream = builder.stream("other")
                let mine = stream.filter { _, _ in true }
                (isRight ? other : mine).leftJoin(isRight ? mine : other, within: windows) { (_, value, _) in value }
                    .to("out")
            }
            #expect(seen == ["null=none@1", "some=some@2"])
        }
    }

    @Test func `repartitioning before repartitioning before a left join keeps them`() throws {
        let seen = try seen { stream, builder in
            stream.selectKey { key, _ in key }
                .leftJoin(table(builder)) { (_, value: String, _) in value }
                .to("out")
        }
        #expect(seen == ["null=none@1", "some=some@2"])
    }

    @Test func `a topic shared by an aggregate and a left join keeps them, and the aggregate leaves them out`() throws {
        let builder = StreamsBuilder()
        let input: Stream = builder.stream("in")
        let rekeyed = input.selectKey { _, value in value == "none" ? nil : value }
        rekeyed.groupByKey().count(.as("n")).to("counts")
        rekeyed.leftJoin(table(builder)) { (_, value: String, row: String?) in "\(value) \(row ?? "-")" }.to("joined")
        for optimization in [[], .all] as [TopologyOptimization] {
            let topology = try builder.build(optimization)
            #expect(topology.repartitionTopics.count == (optimization.isEmpty ? 2 : 1))
            let driver = try TopologyTestDriver(topology)
            try driver.pipe("in", "k", "none", at: 1)
            try driver.pipe("in", "k", "some", at: 2)
            #expect(try driver.texts("counts", .string, .int64) == ["some=1@2"])
            #expect(try driver.texts("joined", .string, .string) == ["null=none -@1", "some=some -@2"])
        }
    }
}

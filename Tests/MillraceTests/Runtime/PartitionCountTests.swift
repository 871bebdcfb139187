import Testing

@testable import Millrace

/// How many partitions repartition topics get. "cs" has 3, "ct" 2, "cu" 5.
@Suite struct PartitionCountTests {
    typealias Stream = KStream<String, String>
    typealias Table = KTable<String, String>

    static let existing: [String: Int32] = ["cs": 3, "ct": 2, "cu": 5, "cs-too": 3, "out": 1]

    /// The internal topics with the numbers of their partitions.
    func plan(_ optimization: TopologyOptimization = [], _ build: (StreamsBuilder) throws -> Void) throws -> [String] {
        let builder = StreamsBuilder()
        try build(builder)
        let blueprint = TaskBlueprint(try builder.build(optimization), applicationID: "app")
        return try TopicPlan(blueprint, existing: Self.existing).internalTopics.map {
            "\($0.name.dropFirst(4)) \($0.partitions)"
        }.sorted()
    }

    func expectFault(_ parts: String..., in build: (StreamsBuilder) throws -> Void) {
        let error = #expect(throws: StreamsError.self) { try plan([], build) }
        for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
    }

    func rekeyed(_ stream: Stream) -> Stream { stream.selectKey { _, value in value } }

    func join(_ left: Stream, _ right: Table, _ name: Named) -> Stream {
        left.leftJoin(right, Joined(name: name)) { _, value, row in value + (row ?? "") }
    }

    func join(_ left: Stream, _ right: Stream, _ name: Named) -> Stream {
        left.join(
            right, within: .difference(.seconds(1)), StreamJoined(name: name, storeName: name.name).logging(false)
        ) { $1 + $2 }
    }

    @Test(arguments: [false, true])
    func `a rekeyed stream takes the partitions of the table that it is joined with`(_ tableFirst: Bool) throws {
        let counts = try plan { builder in
            let early: Table? = tableFirst ? builder.table("ct", .as("t")) : nil
            let stream: Stream = builder.stream("cs")
            join(rekeyed(stream), early ?? builder.table("ct", .as("t")), "j").to("out")
        }
        #expect(counts == ["j-repartition 2", "t-changelog 2"])
    }

    @Test func `of two rekeyed streams both take the larger number`() throws {
        let counts = try plan { builder in
            join(rekeyed(builder.stream("cs")), rekeyed(builder.stream("ct")), "j").to("out")
        }
        #expect(counts == ["j-left-repartition 3", "j-right-repartition 3"])
    }

    @Test func `a cogroup of rekeyed streams takes the largest number, or that of the one that is not rekeyed`() throws {
        func cogroup(_ last: Stream, _ first: Stream, _ middle: Stream) {
            first.groupByKey(Grouped(name: "first")).cogroup { (_, value, sum: String) in sum + value }
                .cogroup(middle.groupByKey(Grouped(name: "middle"))) { _, value, sum in sum + value }
                .cogroup(last.groupByKey(Grouped(name: "last"))) { _, value, sum in sum + value }
                .aggregate("", .as("a")).to("out")
        }
        let all = try plan { builder in
            cogroup(
                rekeyed(builder.stream("cs")), rekeyed(builder.stream("ct")), rekeyed(builder.stream("cu")))
        }
        #expect(all == ["a-changelog 5", "first-repartition 5", "last-repartition 5", "middle-repartition 5"])
        let some = try plan { builder in
            cogroup(builder.stream("cs"), rekeyed(builder.stream("ct")), rekeyed(builder.stream("cu")))
        }
        #expect(some == ["a-changelog 3", "first-repartition 3", "middle-repartition 3"])
    }

    @Test func `what a join gives goes on with the partitions that it has`() throws {
        let counts = try plan { builder in
            let joined = join(rekeyed(builder.stream("cs")), builder.table("ct", .as("t")) as Table, "first")
            let again = join(rekeyed(joined), builder.table("cu", .as("u")) as Table, "second")
            let other: Stream = builder.stream("cs-too")
            join(rekeyed(again), rekeyed(other), "third").to("out")
            rekeyed(joined).groupByKey().count(.as("n")).to("out")
        }
        #expect(
            counts == [
                "first-repartition 2", "n-changelog 2", "n-repartition 2", "second-repartition 5", "t-changelog 2",
                "third-left-repartition 5", "third-right-repartition 5", "u-changelog 5",
            ])
    }

    @Test func `the topics of a foreign-key join have the partitions of the side that reads them`() throws {
        func foreign(_ left: Table, _ right: Table) {
            left.join(right, .as("result"), joined: TableJoined(name: "fk"), foreignKey: { $1 }) { $1 + $2 }
                .toStream().to("out")
        }
        let tables = try plan { foreign($0.table("cs", .as("l")), $0.table("ct", .as("r"))) }
        #expect(
            tables == [
                "fk-subscription-registration-topic 2", "fk-subscription-response-topic 3",
                "fk-subscription-store-changelog 2", "l-changelog 3", "r-changelog 2", "result-changelog 3",
            ])
        // Answers come from the right side's tasks, and the left table has no topic of others.
        let rekeyedLeft = try plan { builder in
            foreign(rekeyed(builder.stream("cs")).toTable(.as("l"), named: "l"), builder.table("cu", .as("r")))
        }
        #expect(
            rekeyedLeft == [
                "fk-subscription-registration-topic 5", "fk-subscription-response-topic 5",
                "fk-subscription-store-changelog 5", "l-changelog 5", "l-repartition 5", "r-changelog 5",
                "result-changelog 5",
            ])
        let rekeyedBoth = try plan { builder in
            foreign(
                rekeyed(builder.stream("cs")).toTable(.as("l"), named: "l"),
                rekeyed(builder.stream("ct")).toTable(.as("r"), named: "r"))
        }
        #expect(rekeyedBoth.allSatisfy { $0.hasSuffix(" 3") })
    }

    @Test func `an explicit number goes before those of others that have none`() throws {
        let counts = try plan { builder in
            let given = rekeyed(builder.stream("cs")).repartition(Repartitioned(name: "given", partitions: 2))
            join(given, rekeyed(builder.stream("cu")), "j").to("out")
        }
        #expect(counts == ["given-repartition 2", "j-right-repartition 2"])
    }

    @Test func `an explicit number that does not fit is told, with steps and topics`() {
        expectFault("given-repartition has 4 (given-repartition-sink", "ct has 2 (", "(j", "give given-repartition no number") {
            builder in
            let given = rekeyed(builder.stream("cs")).repartition(Repartitioned(name: "given", partitions: 4))
            join(given, builder.table("ct", .as("t")) as Table, "j").to("out")
        }
        expectFault("one-repartition has 4", "other-repartition has 3", "j") { builder in
            let one = rekeyed(builder.stream("cs")).repartition(Repartitioned(name: "one", partitions: 4))
            let other = rekeyed(builder.stream("cs-too")).repartition(Repartitioned(name: "other", partitions: 3))
            // Not joined with each other.
            let middle: Table = rekeyed(builder.stream("cu")).toTable(.as("m"), named: "m")
            join(one, middle, "j").to("out")
            join(other, middle, "k").to("out")
        }
    }

    @Test func `topics of others that are joined must be equal, told with steps and topics`() {
        expectFault("cs has 3 (KSTREAM-SOURCE-", "ct has 2 (KSTREAM-SOURCE-", "(j", "repartition()") { builder in
            join(builder.stream("cs") as Stream, builder.table("ct", .as("t")) as Table, "j").to("out")
        }
        // By way of a third that both are joined with.
        expectFault("cs has 3", "ct has 2") { builder in
            let middle = rekeyed(builder.stream("cu")).toTable(.as("m"), named: "m")
            join(builder.stream("cs") as Stream, middle, "j").to("out")
            join(builder.stream("ct") as Stream, middle, "k").to("out")
        }
    }

    @Test func `topics that share a sub-topology and no state may differ`() throws {
        let counts = try plan { builder in
            let stream: Stream = builder.stream("cs")
            stream.groupByKey().count(.as("n")).to("out")
            stream.merge(builder.stream("cu")).to("out")
        }
        // Tasks there are as many as partitions of the widest topic.
        #expect(counts == ["n-changelog 5"])
    }

    @Test func `a processor's store brings the topics together whose records come to it`() {
        expectFault("cs has 3", "cu has 5", "stores") { builder in
            let store = StoreBuilder.keyValue("seen", key: .string, value: .string)
            let first: Stream = builder.stream("cs")
            let second: Stream = builder.stream("cu")
            first.process(stores: [store], named: "stores") { ClosureProcessor() }.to("out")
            second.process(storeNames: ["seen"], named: "stores-too") { ClosureProcessor() }.to("out")
        }
    }

    @Test func `a repartition topic that stands for several takes the number of what all are joined with`() throws {
        func build(_ builder: StreamsBuilder) {
            let stream = rekeyed(builder.stream("cs"))
            stream.groupByKey(Grouped(name: "g")).count(.as("n")).to("out")
            join(stream, builder.table("ct", .as("t")) as Table, "j").to("out")
        }
        #expect(try plan([], build) == ["g-repartition 3", "j-repartition 2", "n-changelog 3", "t-changelog 2"])
        #expect(try plan(.mergeRepartitionTopics, build) == ["g-repartition 2", "n-changelog 2", "t-changelog 2"])
    }
}

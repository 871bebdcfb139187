import KafkaClient
import Millrace
import Testing

@Suite struct UnnamedResourceTests {
    typealias Build = @Sendable (StreamsBuilder) -> Void

    static func names(_ build: Build, _ optimization: TopologyOptimization = []) throws -> [String] {
        let builder = StreamsBuilder()
        build(builder)
        return try builder.build(optimization).unnamedResources.map { "\($0.kind.rawValue) \($0.name): \($0.remedy)" }
    }

    @Test func `an aggregate without names is listed with its store, changelog and repartition topic`() throws {
        let names = try Self.names { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.groupBy { _, value in value }.count().to("out")
        }
        #expect(
            names == [
                "store KSTREAM-AGGREGATE-STATE-STORE-0000000003: Materialized(as:)",
                "changelog topic KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog: Materialized(as:)",
                "repartition topic KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition: Grouped(name:), or the store "
                    + "with Materialized(as:)",
            ])
    }

    @Test func `the step and the remedy are in the text`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count(named: "counting").to("out")
        let first = try #require(try builder.build().unnamedResources.first)
        #expect(first.step == "counting")
        #expect(
            first.description == "the store KSTREAM-AGGREGATE-STATE-STORE-0000000002 of the step counting has a "
                + "generated name, which changes with the steps before it: name it with Materialized(as:)")
    }

    static let namedOnes: [Build] = [
        { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.groupBy { _, value in value }.count(.as("counts")).to("out")
        },
        { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.repartition(Repartitioned(name: "again")).toTable(.as("rows")).toStream().to("out")
        },
        { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let other: KStream<String, String> = builder.stream("other")
            stream.outerJoin(
                other, within: .difference(.seconds(1), grace: .zero), StreamJoined(name: "joined", storeName: "joined")
            ) { _, a, b in (a ?? "") + (b ?? "") }.to("out")
        },
        { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.groupByKey().windowedBy(.tumbling(.seconds(1), grace: .zero)).count(.as("counts"))
                .suppress(.untilWindowCloses(name: "final")).toStream().to("out")
        },
        { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.filter { _, _ in true }.to("out")
        },
    ]

    @Test(arguments: namedOnes.indices)
    func `where all is named there is nothing to list`(_ number: Int) throws {
        #expect(try Self.names(Self.namedOnes[number]) == [])
    }

    @Test func `a store that was given an old generated name is not listed`() throws {
        let names = try Self.names { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.groupByKey().count(.as("KSTREAM-AGGREGATE-STATE-STORE-0000000007")).to("out")
        }
        #expect(names == [])
    }

    @Test func `each kind of step says how to name it`() throws {
        let joined = try Self.names { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let other: KStream<String, String> = builder.stream("other")
            stream.selectKey { _, value in value }.leftJoin(
                other, within: .difference(.seconds(1), grace: .zero)
            ) { _, a, b in a + (b ?? "") }.to("out")
        }
        #expect(joined.filter { $0.hasPrefix("store") }.allSatisfy { $0.hasSuffix("StreamJoined(storeName:)") })
        #expect(joined.filter { $0.hasPrefix("store") }.count == 3)
        #expect(
            joined.filter { $0.hasPrefix("repartition") } == [
                "repartition topic KSTREAM-KEY-SELECT-0000000002-repartition: Joined(name:) or StreamJoined(name:)"
            ])
        let rows = try Self.names { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.selectKey { _, value in value }.toTable(.as("rows")).toStream().repartition().to("out")
        }
        #expect(
            rows == [
                "repartition topic KSTREAM-TOTABLE-0000000002-repartition: the argument named: of toTable",
                "repartition topic KSTREAM-REPARTITION-0000000007-repartition: Repartitioned(name:)",
            ])
        let suppressed = try Self.names { builder in
            let table: KTable<String, String> = builder.table("in", .as("rows"))
            table.suppress(.untilTimeLimit(.seconds(1))).toStream().to("out")
        }
        #expect(suppressed.count == 2 && suppressed.allSatisfy { $0.hasSuffix("the name of Suppressed") })
    }

    @Test func `a foreign-key join lists its store and both topics`() throws {
        let names = try Self.names { builder in
            let left: KTable<String, String> = builder.table("left", .as("left"))
            let right: KTable<String, String> = builder.table("right", .as("right"))
            left.join(right, .as("joined"), foreignKey: { $1 }) { _, a, b in a + b }.toStream().to("out")
        }
        #expect(names.map { $0.prefix { $0 != " " } } == ["store", "changelog", "repartition", "repartition"])
        #expect(names.allSatisfy { $0.hasSuffix("TableJoined(name:)") })
    }

    @Test func `a merged repartition topic is listed once`() throws {
        let build: Build = { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let keyed = stream.selectKey { _, value in value }
            keyed.groupByKey().count(.as("a")).to("as")
            keyed.groupByKey().count().to("bs")
        }
        #expect(try Self.names(build).count { $0.hasPrefix("repartition") } == 1)
        #expect(try Self.names(build, .all).count { $0.hasPrefix("repartition") } == 0)
    }

    @Test func `unnamed resources can be made an error`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count().to("out")
        let topology = try builder.build()
        let error = #expect(throws: StreamsError.self) { try topology.requireExplicitNames() }
        #expect(error?.code == .invalidTopology)
        #expect(error?.message.contains("KSTREAM-AGGREGATE-STATE-STORE-0000000002-changelog") == true)
    }
}

import Testing

@testable import Millrace

/// What a change of a topology does to the state of a running application.
@Suite struct TopologyComparisonTests {
    static func compare(
        _ old: (StreamsBuilder) -> Void, _ new: (StreamsBuilder) -> Void
    ) throws -> TopologyComparison {
        func describe(_ build: (StreamsBuilder) -> Void) throws -> TopologyDescription {
            let builder = StreamsBuilder()
            build(builder)
            return try TopologyDescription(parsing: builder.build().describe().description)
        }
        return TopologyComparison(from: try describe(old), to: try describe(new))
    }

    static func counting(
        _ builder: StreamsBuilder, from topic: String = "in", to output: String = "out", filtered: Bool = false,
        store: String? = nil
    ) {
        var stream: KStream<String, String> = builder.stream(topic)
        if filtered { stream = stream.filter { _, _ in true } }
        stream.groupBy { _, value in value }.count(Materialized(as: store)).to(output)
    }

    @Test func `of the same topology nothing changes`() throws {
        let comparison = try Self.compare({ Self.counting($0) }, { Self.counting($0) })
        #expect(!comparison.losesState)
        #expect(comparison.description == "Nothing changes.\n")
    }

    @Test func `a step before an unnamed aggregate orphans its store and topics`() throws {
        let comparison = try Self.compare({ Self.counting($0) }, { Self.counting($0, filtered: true) })
        let (old, new) = ("KSTREAM-AGGREGATE-STATE-STORE-0000000003", "KSTREAM-AGGREGATE-STATE-STORE-0000000004")
        #expect(comparison.losesState)
        #expect(comparison.orphanedStores.map(\.name) == [old])
        #expect(comparison.orphanedStores.map(\.changelog) == ["\(old)-changelog"])
        #expect(comparison.storeSuccessors == [.init(old: old, new: new)])
        #expect(comparison.newStores.map(\.name) == [new])
        #expect(
            comparison.orphanedRepartitionTopics == [.init(old: "\(old)-repartition", new: "\(new)-repartition")])
        #expect(comparison.newRepartitionTopics == ["\(new)-repartition"])
        #expect(comparison.subTopologies == [.init(old: 0, new: 0), .init(old: 1, new: 1)])
        #expect(comparison.newSourceTopics == [] && comparison.removedSourceTopics == [])
        #expect(comparison.newSinkTopics == [] && comparison.removedSinkTopics == [])
        #expect(comparison.description.hasPrefix("Left behind, with what they hold:\n  store \(old) and its changelog"))
        #expect(comparison.description.contains("; most probably \(new) now\n"))
    }

    @Test func `a step before a named aggregate loses nothing`() throws {
        let comparison = try Self.compare(
            { Self.counting($0, store: "counts") }, { Self.counting($0, filtered: true, store: "counts") })
        #expect(!comparison.losesState)
        #expect(comparison.orphanedStores == [] && comparison.newStores == [])
        #expect(comparison.orphanedRepartitionTopics == [] && comparison.newRepartitionTopics == [])
        #expect(comparison.movedStores.map(\.isTakenOver) == [false])
        #expect(comparison.newSteps == ["KSTREAM-FILTER-0000000001"])
        #expect(comparison.renamedSteps.contains { $0.old.hasPrefix("KSTREAM-AGGREGATE-") })
    }

    @Test func `a store that gets a name is found again as the new one`() throws {
        let comparison = try Self.compare({ Self.counting($0) }, { Self.counting($0, store: "counts") })
        #expect(comparison.losesState)
        #expect(comparison.storeSuccessors.map(\.new) == ["counts"])
        #expect(comparison.orphanedRepartitionTopics.map(\.new) == ["counts-repartition"])
    }

    @Test func `a store with another kind of step is not taken for the same`() throws {
        let comparison = try Self.compare(
            { Self.counting($0) },
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                stream.groupBy { _, value in value }.reduce { $0 + $1 }.to("out")
            })
        #expect(comparison.losesState)
        #expect(comparison.storeSuccessors.map(\.new) == [nil])
    }

    @Test func `a sub-topology that is added before another renumbers it and loses nothing`() throws {
        let comparison = try Self.compare(
            { Self.counting($0, store: "counts") },
            { builder in
                let stream: KStream<String, String> = builder.stream("first")
                stream.to("copies")
                Self.counting(builder, store: "counts")
            })
        #expect(!comparison.losesState)
        #expect(
            comparison.subTopologies == [
                .init(old: 0, new: 1), .init(old: 1, new: 2), .init(old: nil, new: 0),
            ])
        #expect(comparison.movedStores.map(\.new.subTopology) == [2])
        #expect(comparison.newSourceTopics == ["first"])
        #expect(comparison.newSinkTopics == ["copies"])
        #expect(comparison.description.contains("0 is now 1: tasks 0_* are 1_*;"))
        #expect(comparison.description.contains("0 is new, with tasks 0_*"))
    }

    @Test func `a number that shifts to another step's store is told`() throws {
        // Source, count, to-stream, sink: the second count has the numbers that the first has had.
        func two(_ builder: StreamsBuilder, _ topics: [String]) {
            for topic in topics {
                let stream: KStream<String, String> = builder.stream(topic)
                stream.groupByKey().count().to("\(topic)-counts")
            }
        }
        let comparison = try Self.compare({ two($0, ["a", "b"]) }, { two($0, ["b", "a"]) })
        #expect(comparison.losesState)
        #expect(comparison.orphanedStores == [])
        #expect(comparison.movedStores.map(\.isTakenOver) == [true, true])
        #expect(comparison.subTopologies == [.init(old: 0, new: 1), .init(old: 1, new: 0)])
        #expect(comparison.description.hasPrefix("Taken over by another step"))
    }

    @Test func `what is removed is told`() throws {
        let comparison = try Self.compare(
            { builder in
                Self.counting(builder, store: "counts")
                Self.counting(builder, from: "other", to: "others", store: "more")
            }, { Self.counting($0, store: "counts") })
        #expect(comparison.losesState)
        #expect(comparison.orphanedStores.map(\.name) == ["more"])
        #expect(comparison.storeSuccessors == [.init(old: "more", new: nil)])
        #expect(comparison.orphanedRepartitionTopics == [.init(old: "more-repartition", new: nil)])
        #expect(comparison.removedSourceTopics == ["other"])
        #expect(comparison.removedSinkTopics == ["others"])
        #expect(comparison.subTopologies.filter { $0.new == nil }.map(\.old) == [2, 3])
        #expect(comparison.removedSteps.contains("more-repartition-source"))
    }

    @Test func `a topic that users write and read is no repartition topic`() throws {
        func through(_ builder: StreamsBuilder, _ topic: String) {
            let stream: KStream<String, String> = builder.stream("in")
            stream.to(topic)
            let again: KStream<String, String> = builder.stream(topic)
            again.to("out")
        }
        let comparison = try Self.compare({ through($0, "middle") }, { through($0, "other") })
        #expect(!comparison.losesState)
        #expect(comparison.removedSourceTopics == ["middle"] && comparison.newSinkTopics == ["other"])
    }

    @Test func `a global store that goes loses nothing`() throws {
        func look(_ builder: StreamsBuilder, _ name: String) {
            let global: GlobalKTable<String, String> = builder.globalTable("names", .as(name))
            let stream: KStream<String, String> = builder.stream("in")
            stream.join(global, lookUp: { key, _ in key }) { _, value, name in value + name }.to("out")
        }
        let comparison = try Self.compare({ look($0, "a") }, { look($0, "b") })
        #expect(!comparison.losesState)
        #expect(comparison.orphanedStores.map(\.changelog) == [nil])
        #expect(comparison.description.contains("global store a, which is filled from its topic again"))
    }

    @Test func `a step that gets another name is the same step`() throws {
        func filtering(_ builder: StreamsBuilder, _ name: String) {
            let stream: KStream<String, String> = builder.stream("in", Consumed(name: "source"))
            stream.filter(named: Named(name)) { _, _ in true }.to("out", Produced(name: "sink"))
        }
        let comparison = try Self.compare({ filtering($0, "one") }, { filtering($0, "two") })
        #expect(comparison.renamedSteps == [.init(old: "one", new: "two")])
        #expect(comparison.removedSteps == [] && comparison.newSteps == [])
        #expect(comparison.description == "Steps with another name:\n  one is now two\n")
    }

    @Test func `a foreign-key join's topics are internal ones`() throws {
        func joining(_ builder: StreamsBuilder, _ name: String?) {
            let left: KTable<String, String> = builder.table("left", .as("left"))
            let right: KTable<String, String> = builder.table("right", .as("right"))
            left.join(
                right, .as("joined"), joined: TableJoined(name: name.map { Named($0) }), foreignKey: { $1 }
            ) { _, a, b in a + b }.toStream().to("out")
        }
        let comparison = try Self.compare({ joining($0, nil) }, { joining($0, "names") })
        #expect(comparison.losesState)
        #expect(comparison.removedSourceTopics == [] && comparison.newSourceTopics == [])
        #expect(comparison.orphanedRepartitionTopics.count == 2)
        #expect(
            comparison.newRepartitionTopics == [
                "names-subscription-registration-topic", "names-subscription-response-topic",
            ])
        #expect(comparison.storeSuccessors.map(\.new) == ["names-subscription-store"])
    }
}

import Testing

@testable import Millrace

@Suite struct TopicPlanTests {
    /// Two rekeyings one after the other, the second with state.
    func chain(partitions: Int32? = nil) throws -> TaskBlueprint {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.selectKey { _, value in value ?? "" }
            .repartition(Repartitioned(name: "first", partitions: partitions))
            .selectKey { _, value in value ?? "" }
            .groupByKey().count(.as("counts")).to("out")
        return TaskBlueprint(try builder.build(), applicationID: "app")
    }

    func merged() throws -> TaskBlueprint {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["left", "right"])
        input.groupByKey().count(.as("counts")).to("out")
        return TaskBlueprint(try builder.build(), applicationID: "app")
    }

    func code(_ body: () throws -> Void) -> (StreamsError.Code, String)? {
        do { try body() } catch let error as StreamsError { return (error.code, error.message) } catch {}
        return nil
    }

    @Test func `repartition topics have as many partitions as the source, through chains`() throws {
        let plan = try TopicPlan(chain(), existing: ["in": 5, "out": 1])
        #expect(
            plan.internalTopics.map { "\($0.name) \($0.partitions)" }.sorted() == [
                "app-counts-changelog 5", "app-counts-repartition 5", "app-first-repartition 5",
            ])
        #expect(plan.partitionCounts["app-counts-repartition"] == 5 && plan.partitionCounts["out"] == 1)
    }

    @Test func `an explicit number goes before, and is passed on`() throws {
        let plan = try TopicPlan(chain(partitions: 3), existing: ["in": 5, "out": 1])
        #expect(
            plan.internalTopics.map { "\($0.name) \($0.partitions)" }.sorted() == [
                "app-counts-changelog 3", "app-counts-repartition 3", "app-first-repartition 3",
            ])
    }

    @Test func `repartition topics are never cut by time, changelogs are compacted`() throws {
        let plan = try TopicPlan(chain(), existing: ["in": 1, "out": 1])
        for topic in plan.internalTopics {
            if topic.name.hasSuffix("-changelog") {
                #expect(topic.configs["cleanup.policy"] == "compact")
            } else {
                #expect(topic.configs["cleanup.policy"] == "delete" && topic.configs["retention.ms"] == "-1")
            }
        }
    }

    @Test func `missing topics are all named, with their steps`() throws {
        let blueprint = try chain()
        let fault = try #require(code { _ = try TopicPlan(blueprint, existing: ["other": 1]) })
        #expect(fault.0 == .missingTopic && fault.1.contains("in (KSTREAM-SOURCE-0000000000), out (KSTREAM-SINK-"))
    }

    @Test func `topics that are processed together with state must have equal numbers of partitions`() throws {
        let blueprint = try merged()
        let fault = try #require(code { _ = try TopicPlan(blueprint, existing: ["left": 2, "right": 3, "out": 1]) })
        #expect(fault.0 == .partitionCount)
        #expect(fault.1.contains("left has 2") && fault.1.contains("right has 3"))
        #expect(try TopicPlan(blueprint, existing: ["left": 2, "right": 2, "out": 1]).internalTopics.count == 1)
    }

    @Test func `topics that are processed without state may differ`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream(["left", "right"])
        input.to("out")
        let blueprint = TaskBlueprint(try builder.build(), applicationID: "app")
        #expect(try TopicPlan(blueprint, existing: ["left": 2, "right": 3, "out": 1]).internalTopics.isEmpty)
    }

    @Test func `an internal topic that is there must have the right number of partitions`() throws {
        let blueprint = try chain()
        for topic in ["app-counts-changelog", "app-counts-repartition", "app-first-repartition"] {
            let fault = try #require(code { _ = try TopicPlan(blueprint, existing: ["in": 4, "out": 1, topic: 2]) })
            #expect(fault.0 == .partitionCount)
            #expect(fault.1.contains("\(topic) has 2") && fault.1.contains("4"))
            #expect(code { _ = try TopicPlan(blueprint, existing: ["in": 4, "out": 1, topic: 4]) } == nil)
        }
    }

    @Test func `internal topics are read from their beginning, others as the topology says`() throws {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in", Consumed(reset: .latest))
        let other: KStream<String, String> = builder.stream("other")
        input.selectKey { _, value in value ?? "" }.groupByKey().count(.as("counts")).to("out")
        other.to("out")
        let blueprint = TaskBlueprint(try builder.build(), applicationID: "app")
        #expect(blueprint.offsetReset(of: "in") == .latest)
        #expect(blueprint.offsetReset(of: "other") == nil)
        #expect(blueprint.offsetReset(of: "app-counts-repartition") == .earliest)
    }
}

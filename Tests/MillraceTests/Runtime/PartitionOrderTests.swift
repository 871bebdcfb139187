import Testing

@testable import Millrace

/// Random topologies: every order of building gives the same numbers of partitions, and these follow the rules.
@Suite struct PartitionOrderTests {
    @Test(arguments: 0..<150 as Range<UInt64>)
    func `every order of building gives the same plan`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let recipe = RandomRecipe(&random)
        let first = try plan(recipe, [], Array(recipe.steps.indices))
        let optimized = try plan(recipe, .mergeRepartitionTopics, Array(recipe.steps.indices))
        for _ in 0..<8 {
            let order = recipe.order(&random)
            #expect(try plan(recipe, [], order) == first, "\(recipe.steps) \(order)")
            // Which of the topics that become one gives its name depends on the order.
            #expect(
                try plan(recipe, .mergeRepartitionTopics, order).changelogs == optimized.changelogs,
                "\(recipe.steps) \(order)")
        }
    }

    @Test func `many of the recipes can be planned, and some are at fault`() throws {
        let plans = try (0..<150 as Range<UInt64>).map { seed in
            var random = SeededRandom(seed: seed)
            let recipe = RandomRecipe(&random)
            return try plan(recipe, [], Array(recipe.steps.indices))
        }
        #expect(plans.count { $0.topics.map { $0.count > 3 } == true } > 60)
        #expect(plans.count { $0.fault == .partitionCount } > 10)
    }

    struct Plan: Equatable {
        var topics: [String: Int32]?
        var fault: StreamsError.Code?

        var changelogs: Plan {
            Plan(topics: topics?.filter { $0.key.hasSuffix("-changelog") }, fault: fault)
        }
    }

    func plan(_ recipe: RandomRecipe, _ optimization: TopologyOptimization, _ order: [Int]) throws -> Plan {
        do {
            let topology = try recipe.build(order).build(optimization)
            let blueprint = TaskBlueprint(topology, applicationID: "app")
            let plan = try TopicPlan(blueprint, existing: recipe.existing)
            try check(blueprint, plan)
            return Plan(
                topics: Dictionary(uniqueKeysWithValues: plan.internalTopics.map { ($0.name, $0.partitions) }))
        } catch let error as StreamsError {
            return Plan(fault: error.code)
        }
    }

    /// Looks whether the plan follows the rules.
    func check(_ blueprint: TaskBlueprint, _ plan: TopicPlan) throws {
        let topology = blueprint.topology
        func count(_ topic: TopicReference) -> Int32 {
            plan.partitionCounts[topic.resolved(applicationID: "app")] ?? 0
        }
        func width(_ group: SubTopology) -> Int32 { group.sourceTopics.map(count).max() ?? 0 }
        let groups = topology.copartitions()
        for group in groups { #expect(Set(group.topics.map(count)).count == 1) }
        for definition in topology.repartitionTopics {
            if let given = definition.partitions { #expect(count(definition.topic) == given) }
            let together = groups.first { $0.topics.contains(definition.topic) }?.topics ?? [definition.topic]
            let isGiven = together.contains { topic in
                !topic.isInternal || topology.repartitionTopics.contains { $0.topic == topic && $0.partitions != nil }
            }
            guard !isGiven else { continue }
            let writers = blueprint.subTopologies.filter { !together.isDisjoint(with: $0.sinkTopics) }
            #expect(count(definition.topic) == writers.map(width).max(), "\(definition.topic.name)")
        }
        for group in blueprint.subTopologies where !group.isGlobal {
            for store in group.storeNames {
                guard let changelog = blueprint.changelog(of: store) else { continue }
                #expect(plan.partitionCounts[changelog] == width(group))
            }
        }
    }
}

/// Steps of a topology that can be built in any order in which each comes after what it is made from. All have names, so
/// that these do not depend on the order.
struct RandomRecipe {
    typealias Stream = KStream<String, String>
    typealias Table = KTable<String, String>

    enum Operation: CaseIterable {
        case stream, table, rekey, repartition, repartitionInto, merge, aggregate, toTable, toStream, group, cogroup
        case joinStreams, joinTable, joinTables, joinForeign
    }

    struct Step {
        let operation: Operation
        /// The numbers of the steps that it is made from.
        let inputs: [Int]
        var partitions: Int32 = 0
    }

    var steps: [Step] = []
    /// The numbers of partitions of the topics read.
    var existing: [String: Int32] = ["out": 1]

    init(_ random: inout SeededRandom) {
        var isTable: [Bool] = []
        for number in 0..<Int.random(in: 5...14, using: &random) {
            let operation = number < 2 ? Operation.stream : Operation.allCases.randomElement(using: &random) ?? .stream
            let kinds: [Bool] =
                switch operation {
                case .stream, .table: []
                case .rekey, .repartition, .repartitionInto, .aggregate, .toTable: [false]
                case .merge, .cogroup, .joinStreams: [false, false]
                case .toStream, .group: [true]
                case .joinTable: [false, true]
                case .joinTables, .joinForeign: [true, true]
                }
            let inputs = kinds.compactMap { kind in
                isTable.indices.filter { isTable[$0] == kind }.randomElement(using: &random)
            }
            guard inputs.count == kinds.count else { continue }
            let makesTable = [
                Operation.table, .aggregate, .toTable, .group, .cogroup, .joinTables, .joinForeign,
            ].contains(operation)
            // Mostly equal, so that not all recipes are at fault.
            let partitions = [3, 3, 3, 3, 2, 5].randomElement(using: &random) ?? 3
            if kinds.isEmpty { existing["topic-\(steps.count)"] = Int32(partitions) }
            steps.append(Step(operation: operation, inputs: inputs, partitions: Int32(partitions)))
            isTable.append(makesTable)
        }
    }

    /// The steps in another order.
    func order(_ random: inout SeededRandom) -> [Int] {
        var order: [Int] = []
        while order.count < steps.count {
            let ready = steps.indices.filter { step in
                !order.contains(step) && steps[step].inputs.allSatisfy { order.contains($0) }
            }
            guard let next = ready.randomElement(using: &random) else { break }
            order.append(next)
        }
        return order
    }

    func build(_ order: [Int]) -> StreamsBuilder {
        let builder = StreamsBuilder()
        var streams: [Int: Stream] = [:]
        var tables: [Int: Table] = [:]
        for number in order {
            let step = steps[number]
            let ins = step.inputs.compactMap { streams[$0] }
            let rows = step.inputs.compactMap { tables[$0] }
            let (name, store): (Named, Materialized<String, String>) = ("step-\(number)", .as("store-\(number)"))
            switch step.operation {
            case .stream: streams[number] = builder.stream("topic-\(number)", Consumed(name: name))
            case .table: tables[number] = builder.table("topic-\(number)", Consumed(name: name), store)
            case .rekey: streams[number] = ins[0].selectKey(named: name) { _, value in value }
            case .repartition: streams[number] = ins[0].repartition(Repartitioned(name: name))
            case .repartitionInto:
                streams[number] = ins[0].repartition(Repartitioned(name: name, partitions: step.partitions))
            case .merge: streams[number] = ins[0].merge(ins[1], named: name)
            case .aggregate:
                tables[number] = ins[0].groupByKey(Grouped(name: "group-\(number)")).reduce(store, named: name) { $0 + $1 }
            case .toTable: tables[number] = ins[0].toTable(store, named: name)
            case .toStream: streams[number] = rows[0].toStream(named: name)
            case .group:
                tables[number] = rows[0].groupBy(Grouped(name: "group-\(number)")) { KeyValue($1, $0) }
                    .reduce(store, named: name, add: { $0 + $1 }, subtract: { old, _ in old })
            case .cogroup:
                tables[number] = ins[0].groupByKey(Grouped(name: "left-\(number)"))
                    .cogroup { (_, value, sum: String) in sum + value }
                    .cogroup(ins[1].groupByKey(Grouped(name: "right-\(number)"))) { _, value, sum in sum + value }
                    .aggregate("", store, named: name)
            case .joinStreams:
                streams[number] = ins[0].join(
                    ins[1], within: .difference(.seconds(1)), StreamJoined(name: name, storeName: "store-\(number)")
                ) { $1 + $2 }
            case .joinTable: streams[number] = ins[0].leftJoin(rows[0], Joined(name: name)) { $1 + ($2 ?? "") }
            case .joinTables: tables[number] = rows[0].join(rows[1], store, named: name) { $1 + $2 }
            case .joinForeign:
                tables[number] = rows[0].join(
                    rows[1], store, joined: TableJoined(name: name), foreignKey: { $1 }
                ) { $1 + $2 }
            }
        }
        return builder
    }
}

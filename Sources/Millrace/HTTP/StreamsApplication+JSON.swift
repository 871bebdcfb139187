import MillraceHTTP
import MillraceJSON
import KafkaClient
import MillraceMetrics

/// The application as it is told over HTTP.
extension StreamsApplication {
    /// What it is and does.
    func json(started: Int64) -> JSONValue {
        let figures = meter.current
        return [
            "application": .string(configuration.applicationID),
            "instance": .optional(instanceID),
            "process": .string(Self.processName),
            "guarantee": .string(configuration.guarantee.rawValue),
            "commitIntervalMs": .integer(configuration.commitIntervalMs),
            "state": .string(state.rawValue),
            "started": .integer(started),
            "now": .integer(client.environment.wallClock()),
            "activeTasks": .integer(figures.assigned),
            "standbyTasks": .integer(figures.followed),
            "rebalances": .integer(figures.rebalances),
            "failedTasks": .integer(figures.failed),
            "stoppedTasks": stoppedTasksJSON,
            "warnings": .integer(figures.warnings),
            "paused": .bool(isPaused),
            "instances": .array(
                allMetadata.map { instance in
                    [
                        "server": .optional(instance.server), "process": .string(instance.process), "isLocal": .bool(instance.isLocal),
                        "tasks": .array(instance.tasks.sorted().map { .string("\($0)") }),
                        "standbys": .array(instance.standbys.sorted().map { .string("\($0)") }),
                    ]
                }),
        ]
    }

    /// The tasks that have failed for good here, and why.
    var stoppedTasksJSON: JSONValue {
        .array(
            stoppedTasks.sorted { $0.key < $1.key }.map { task, stopped in
                ["task": .string("\(task)"), "reason": .string("\(stopped.error)")]
            })
    }

    /// Its graph. Topics have the names that they have on the broker.
    var topologyJSON: JSONValue {
        let description = blueprint.topology.describe()
        let internals = blueprint.internalTopics
        func resolved(_ topic: String) -> String {
            let own = "\(configuration.applicationID)-\(topic)"
            return internals.contains(own) ? own : topic
        }
        let parts = description.subTopologies.map { part -> JSONValue in
            let nodes = part.nodes.map { node -> JSONValue in
                var members: [(String, JSONValue)] = [
                    ("name", .string(node.name)),
                    ("successors", .array(node.successors.map { .string($0) })),
                ]
                switch node.kind {
                case .source(let topics):
                    members += [("kind", "source"), ("topics", .array(topics.map { .string(resolved($0)) }))]
                case .sourcePattern(let pattern): members += [("kind", "source"), ("topics", [.string(pattern)])]
                case .processor(let stores): members += [("kind", "processor"), ("stores", .array(stores.map { .string($0) }))]
                case .sink(let topic): members += [("kind", "sink"), ("topic", .optional(topic.map(resolved)))]
                }
                return .object(members)
            }
            return ["id": .count(part.id), "isGlobal": .bool(part.isGlobal), "nodes": .array(nodes)]
        }
        return [
            "subTopologies": .array(parts), "internalTopics": .array(internals.sorted().map { .string($0) }),
            "text": .string(description.description),
        ]
    }

    /// What passes at the moment, by topic and store: of all tasks here together.
    var flowJSON: JSONValue {
        struct Flow {
            var records: Int64 = 0
            var rate = 0.0
            var lag: Int64 = 0
            var latency = DistributionMeter()

            func json(at now: Int64) -> JSONValue {
                var latency = latency
                let quantiles = latency.distribution(at: now)
                return [
                    "records": .integer(records), "rate": .number((rate * 10).rounded() / 10), "lag": .integer(lag),
                    "latencyMedian": quantiles.value(at: 0.5).map { .number($0) } ?? .null,
                    "latencyTail": quantiles.value(at: 0.99).map { .number($0) } ?? .null,
                ]
            }
        }
        let now = client.environment.now()
        var sources: [String: Flow] = [:], sinks: [String: Flow] = [:], stores: [String: Flow] = [:]
        var dropped = DroppedRecords()
        var bad: Int64 = 0
        for task in meter.current.tasks.values.map(\.current) {
            dropped = dropped + task.dropped
            bad += task.bad
            for (topic, input) in task.inputs {
                var rate = input.rate
                sources[topic, default: Flow()].records += input.records
                sources[topic]?.rate += rate.rate(at: now)
                sources[topic]?.lag += input.lag ?? 0
                sources[topic]?.latency.add(input.latency, at: now)
            }
            for (topic, output) in task.outputs {
                var flow = Flow(records: output.records)
                var rate = output.rate
                flow.rate = rate.rate(at: now)
                func add(_ flows: inout [String: Flow], _ name: String) {
                    flows[name, default: Flow()].records += flow.records
                    flows[name]?.rate += flow.rate
                    flows[name]?.latency.add(output.latency, at: now)
                }
                if case .store(let store) = blueprint.writer(of: topic) { add(&stores, store) } else { add(&sinks, topic) }
            }
        }
        func json(_ flows: [String: Flow]) -> JSONValue {
            .object(flows.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json(at: now)) })
        }
        return [
            "sources": json(sources), "sinks": json(sinks), "stores": json(stores),
            "dropped": [
                "late": .integer(dropped.late), "null": .integer(dropped.null), "badTime": .integer(dropped.badTime),
                "other": .integer(dropped.other),
            ],
            "failed": .integer(bad),
        ]
    }
}

import HTTPServer
import KafkaClient
import Metrics

extension StreamsApplication {
    /// The tasks that are here.
    var tasksJSON: JSONValue {
        let figures = meter.current
        let now = client.environment.now()
        return .array(figures.tasks.sorted { $0.key < $1.key }.map { id, meter in
            let task = meter.current
            var rate = task.recordTime
            let restores = figures.restores[id] ?? [:]
            return [
                "id": .string("\(id)"), "state": "running", "rate": .number(rate.rate(at: now)), "lag": .integer(task.lag),
                "streamTime": .integer(task.streamTime),
                "inputs": .array(task.inputs.sorted { $0.key < $1.key }.map { topic, input in
                    [
                        "topic": .string(topic), "partition": .count(input.partition), "position": .integer(input.position),
                        "end": .optional(input.end), "lag": .optional(input.lag), "time": .integer(input.time),
                    ]
                }),
                "stores": [],
                "restores": .array(restores.sorted { $0.key < $1.key }.map { store, restore in
                    ["store": .string(store), "records": .integer(restore.restored), "of": .integer(restore.of)]
                }),
            ]
        })
    }

    /// The stores of the topology.
    var storesJSON: JSONValue {
        .array(blueprint.topology.stores.values.sorted { $0.name < $1.name }.map { store in
            ["name": .string(store.name), "kind": "other", "engine": store.isOnDisk ? "rocksDB" : "memory", "rows": .null]
        })
    }
}

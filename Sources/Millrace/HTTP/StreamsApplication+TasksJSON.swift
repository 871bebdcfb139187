import MillraceHTTP
import MillraceJSON
import KafkaClient
import KafkaProtocol
import MillraceMetrics

extension StreamsApplication {
    /// The tasks that are here.
    var tasksJSON: JSONValue {
        get async {
            let figures = meter.current
            let now = client.environment.now()
            let runners = live.runners
            return .array(
                await tasks.map { task in
                    let restores = task.state == .restoring ? figures.restores[task.id] ?? [:] : [:]
                    var rate = figures.tasks[task.id]?.current.recordTime ?? WindowedStat()
                    return [
                        "id": .string("\(task.id)"), "state": .string(task.state.rawValue), "rate": .number(rate.rate(at: now)),
                        "lag": .integer(task.lag), "streamTime": .optional(task.streamTime >= 0 ? task.streamTime : nil),
                        "inputs": .array(
                            task.inputs.map { input in
                                [
                                    "topic": .string(input.partition.topic), "partition": .count(input.partition.partition),
                                    "position": .integer(input.position), "committed": .optional(input.committed), "end": .optional(input.end),
                                    "lag": .integer(input.lag), "time": .optional(input.time >= 0 ? input.time : nil),
                                ]
                            }),
                        "stores": .array(
                            task.stores.map { store in
                                ["name": .string(store.name), "rows": .optional(store.rows.map(Int64.init)), "lag": .optional(store.lag)]
                            }),
                        "restores": .array(
                            restores.sorted { $0.key < $1.key }.map { store, restore in
                                ["store": .string(store), "records": .integer(restore.restored), "of": .integer(restore.of)]
                            }),
                        "failure": .optional(task.failure.map { "\($0)" }),
                        "canRestart": .bool(runners.contains(task.id)),
                        "busyMs": .optional(task.busyFor?.milliseconds),
                    ]
                })
        }
    }

    /// The stores of the topology, with the rows that are here.
    var storesJSON: JSONValue {
        get async {
            let here = await tasks.flatMap(\.stores)
            return .array(
                stores.map { store in
                    let rows = here.filter { $0.name == store.name }.compactMap(\.rows)
                    return [
                        "name": .string(store.name), "kind": .string(store.kind.rawValue), "keyType": .optional(store.keyType),
                        "valueType": .optional(store.valueType), "subTopology": .optional(store.subTopology.map(Int64.init)),
                        "engine": .string(store.engine.rawValue), "rows": .optional(rows.isEmpty ? nil : Int64(rows.reduce(0, +))),
                    ]
                })
        }
    }
}

import Millrace

extension Example {
    static let aggregations = [
        Example("groupByKey, count", numbers: ["out"]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .count(.as("counts"))
                .toStream()
                .to("out")
        },
        Example("groupBy", numbers: ["out"]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupBy { _, word in word }
                .count(.as("words"))
                .toStream()
                .to("out")
        },
        Example("reduce", numbers: ["in", "out"]) { builder in
            builder.stream("in", key: .string, value: .int64)
                .groupByKey()
                .reduce(.as("largest")) { largest, value in max(largest, value) }
                .toStream()
                .to("out")
        },
        Example("aggregate", numbers: ["out"]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .aggregate(0 as Int64, .as("lengths")) { _, text, sum in sum + Int64(text.count) }
                .toStream()
                .to("out")
        },
        Example("cogroup") { builder in
            let clicks = builder.stream("clicks", key: .string, value: .string).groupByKey()
            let buys = builder.stream("buys", key: .string, value: .string).groupByKey()
            clicks.cogroup { _, page, history in history + page + " " }
                .cogroup(buys) { _, item, history in history + item + "! " }
                .aggregate("", .as("history"))
                .toStream()
                .to("out")
        },
        Example("groupBy of a table", numbers: ["out"]) { builder in
            builder.table("users", .as("users"), key: .string, value: .string)
                .groupBy { user, country in KeyValue(country, user) }
                .count(.as("users-by-country"))
                .toStream()
                .to("out")
        },
        Example("aggregate of a table", numbers: ["in", "out"]) { builder in
            builder.table("in", .as("balances"), key: .string, value: .int64)
                .groupBy { _, balance in KeyValue("all", balance) }
                .aggregate(
                    0 as Int64, .as("total"),
                    add: { _, balance, total in total + balance },
                    subtract: { _, balance, total in total - balance }
                )
                .toStream()
                .to("out")
        },
    ]
}
